import * as z from 'zod';
import type { CONNECTOR_KINDS } from '../connectors/connector.ts';
import { sha256 } from '../kernel/canonical.ts';
import { AppError } from '../kernel/failures.ts';
import { type AccountId, isAccountId, type Tenancy, type TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';

export const AccountIdSchema = z.string().refine(isAccountId, 'must be an AWS account id of twelve digits, as text');
const Region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region name such as eu-west-1');

/** What an AWS instance looks at: a whole organization, or named accounts. */
export const AwsInstanceConfig = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('organization'), regions: z.array(Region).min(1).max(40) }),
  z.strictObject({
    mode: z.literal('accounts'),
    account_ids: z.array(AccountIdSchema).min(1).max(10_000),
    regions: z.array(Region).min(1).max(40),
  }),
]);
export type AwsInstanceConfig = z.infer<typeof AwsInstanceConfig>;

/** POST /api/v1/connector-instances. Kinds other than AWS follow with their connectors. */
export const NewConnectorInstance = z.strictObject({
  connector_kind: z.literal('aws'),
  display_name: z.string().min(1).max(120),
  config: AwsInstanceConfig,
});
export type NewConnectorInstance = z.infer<typeof NewConnectorInstance>;

/** One configured source system of a tenant. */
export interface ConnectorInstance extends Tenancy {
  readonly _id: string;
  readonly connector_kind: (typeof CONNECTOR_KINDS)[number];
  readonly display_name: string;
  readonly status: 'active' | 'disabled';
  readonly config: AwsInstanceConfig;
  /** What spoke roles must ask for in their trust policy. Issued by the hub, never chosen by a caller. */
  readonly external_id: string;
  readonly discovered_capabilities: { readonly service_categories_available: readonly string[] };
  readonly created_at: IsoTime;
  readonly created_by: string;
  /** The highest run `seq` given out. */
  readonly last_seq: number;
}

/** What the hub's configuration says about the outside: callers do not choose what the hub may reach. */
export interface HubTerms {
  readonly hub_account_id: AccountId;
  /** The one organization that the hub is in, bound to one tenant; absent in a hub that scans named accounts only. */
  readonly organization?: {
    readonly id: string;
    readonly management_account_id: AccountId;
    readonly tenant_id: TenantId;
  };
  readonly categories: readonly string[];
}

/**
 * The external id that every spoke role of a tenant asks for: known before the first instance exists, so that the
 * StackSet can carry it, and different for each tenant of a hub, so that no tenant can be used to reach another's accounts.
 * It is no secret. https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export const externalIdOf = (hub_account_id: AccountId, tenant_id: TenantId): string =>
  `throughline-${sha256(`${hub_account_id}:${tenant_id}`).slice(0, 32)}`;

export interface InstanceContext extends Tenancy {
  readonly id: string;
  readonly now: IsoTime;
  readonly created_by: string;
}

/** A new instance. Throws AppError `body_invalid` where the organization is not this tenant's. */
export function newConnectorInstance(
  body: NewConnectorInstance,
  context: InstanceContext,
  terms: HubTerms,
): ConnectorInstance {
  if (body.config.mode === 'organization' && terms.organization?.tenant_id !== context.tenant_id) {
    throw new AppError(
      'body_invalid',
      'config.mode: this hub has no organization bound to your tenant; use mode "accounts"',
      {
        details: { field: 'config.mode' },
      },
    );
  }
  return {
    _id: context.id,
    tenant_id: context.tenant_id,
    workspace_id: context.workspace_id,
    connector_kind: body.connector_kind,
    display_name: body.display_name,
    status: 'active',
    config: body.config,
    external_id: externalIdOf(terms.hub_account_id, context.tenant_id),
    discovered_capabilities: { service_categories_available: terms.categories },
    created_at: context.now,
    created_by: context.created_by,
    last_seq: 0,
  };
}
