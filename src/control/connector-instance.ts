import * as z from 'zod';
import type { ConnectorKind } from '../connectors/connector.ts';
import { sha256 } from '../kernel/canonical.ts';
import { AppError } from '../kernel/failures.ts';
import type { AccountId, Tenancy, TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { ConnectionCheck } from './connection-check.ts';
import { isCredentialsRefOf, secretsOf } from './credentials-ref.ts';
import {
  AwsInstanceConfig,
  EntraInstanceConfig,
  FoundryInstanceConfig,
  PushInstanceConfig,
  ServiceNowInstanceConfig,
  SourceSystemIds,
} from './instance-config.ts';
import { isAllowedHost, type SourceHosts, sourceAddress } from './source-host.ts';

/** How people call an instance. */
export const DisplayName = z
  .string()
  .min(1)
  .max(120)
  .regex(/^\P{Cc}*$/u, 'must not hold control characters');
/** The name of a secret of the tenant: see `isCredentialsRefOf`. */
export const CredentialsRef = z.string().min(1).max(512);

const NewOfAnyKind = { display_name: DisplayName, workspace_id: z.string().min(1).max(200).optional() };

/** POST /api/v1/connector-instances. Each kind has its own config; external ids are issued, never taken. */
export const NewConnectorInstance = z.discriminatedUnion('connector_kind', [
  z.strictObject({ connector_kind: z.literal('aws'), ...NewOfAnyKind, config: AwsInstanceConfig }),
  z.strictObject({
    connector_kind: z.literal('entra'),
    ...NewOfAnyKind,
    config: EntraInstanceConfig,
    credentials_ref: CredentialsRef,
  }),
  z.strictObject({
    connector_kind: z.literal('servicenow'),
    ...NewOfAnyKind,
    config: ServiceNowInstanceConfig,
    credentials_ref: CredentialsRef,
  }),
  z.strictObject({
    connector_kind: z.literal('foundry'),
    ...NewOfAnyKind,
    config: FoundryInstanceConfig,
    credentials_ref: CredentialsRef,
  }),
  z.strictObject({
    connector_kind: z.literal('push'),
    ...NewOfAnyKind,
    config: PushInstanceConfig,
    source_system_ids: SourceSystemIds,
  }),
]);
export type NewConnectorInstance = z.infer<typeof NewConnectorInstance>;

export const INSTANCE_STATUSES = ['active', 'disabled', 'deleted'] as const;
export type InstanceStatus = (typeof INSTANCE_STATUSES)[number];

interface InstanceOf<Kind extends ConnectorKind, Config> extends Tenancy {
  readonly _id: string;
  readonly connector_kind: Kind;
  readonly display_name: string;
  /** A deleted instance is changed by nobody: what it claimed is retired, its history stays. */
  readonly status: InstanceStatus;
  readonly config: Config;
  /** What a push instance may speak for; empty for those that look for themselves. */
  readonly source_system_ids: readonly string[];
  readonly discovered_capabilities: { readonly service_categories_available: readonly string[] };
  /** How the connection was when it was last tried. */
  readonly last_check?: ConnectionCheck;
  readonly created_at: IsoTime;
  readonly created_by: string;
  readonly updated_at?: IsoTime;
  readonly deleted_at?: IsoTime;
  readonly deleted_by?: string;
  /** Since when a deletion has work left: see `endInstance`. */
  readonly ending_since?: IsoTime;
  /** When what a deleted instance claimed had been retired, and its accounts were free. */
  readonly ended_at?: IsoTime;
  /** What was asked for, where the caller gave the request a key. */
  readonly request_hash?: string;
  /** How often the retirement of what a deleted instance claimed has failed. */
  readonly retirements_failed?: number;
  /** The highest run `seq` given out. */
  readonly last_seq: number;
  /** Counts up with every change: of two changes at once, one meets the version that it has read. */
  readonly version: number;
}

export interface AwsInstance extends InstanceOf<'aws', AwsInstanceConfig> {
  /** What spoke roles must ask for in their trust policy. Issued by the hub, never chosen by a caller. */
  readonly external_id: string;
}

interface WithCredentials {
  /** Name of the secret in Secrets Manager with which the source is asked, below `throughline/<tenant_id>/`. */
  readonly credentials_ref: string;
}

export type EntraInstance = InstanceOf<'entra', EntraInstanceConfig> & WithCredentials;
export type ServiceNowInstance = InstanceOf<'servicenow', ServiceNowInstanceConfig> & WithCredentials;
export type FoundryInstance = InstanceOf<'foundry', FoundryInstanceConfig> & WithCredentials;
export type PushInstance = InstanceOf<'push', PushInstanceConfig>;

/** One configured source system of a tenant. */
export type ConnectorInstance = AwsInstance | EntraInstance | ServiceNowInstance | FoundryInstance | PushInstance;

/** What the hub's configuration says about the outside: callers do not choose what the hub may reach. */
export interface HubTerms {
  readonly hub_account_id: AccountId;
  /** The one organization that the hub is in, bound to one tenant; absent in a hub that scans named accounts only. */
  readonly organization?: {
    readonly id: string;
    readonly management_account_id: AccountId;
    readonly tenant_id: TenantId;
  };
  /** Categories of the AWS connector. */
  readonly categories: readonly string[];
  /** Where source systems may be whose address a caller gives. */
  readonly source_hosts: SourceHosts;
}

/** The one category of a push instance. */
export const PUSH_CATEGORY = 'push';

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

/** What an instance is to reach, as far as a caller may say. */
export type Reach = Pick<NewConnectorInstance, 'connector_kind' | 'config'> & { readonly credentials_ref?: string };

/** Throws AppError `body_invalid`, naming the field, where a caller wants to reach what the hub does not allow its tenant. */
export function checkReach(wanted: Reach, tenant_id: TenantId, terms: HubTerms): void {
  const { config, credentials_ref } = wanted;
  if ('mode' in config && config.mode === 'organization' && terms.organization?.tenant_id !== tenant_id) {
    throw refused('config.mode', 'this hub has no organization bound to your tenant; use mode "accounts"');
  }
  if ('instance_url' in config) checkHost('config.instance_url', config.instance_url, terms.source_hosts.servicenow);
  if ('subscription_ids' in config) {
    for (const [index, endpoint] of (config.project_endpoints ?? []).entries()) {
      checkHost(`config.project_endpoints.${index}`, endpoint, terms.source_hosts.foundry);
    }
  }
  if (credentials_ref !== undefined && !isCredentialsRefOf(tenant_id, credentials_ref)) {
    throw refused(
      'credentials_ref',
      `must be the name of a secret under ${secretsOf(tenant_id)}, not an ARN: put the credentials there and name it`,
    );
  }
}

function checkHost(field: string, address: string, allowed: readonly string[]): void {
  const host = sourceAddress(address)?.host;
  if (host !== undefined && isAllowedHost(host, allowed)) return;
  const known = allowed.length > 0 ? `this hub allows ${allowed.join(', ')}` : 'this hub allows none';
  throw refused(field, `the host is not one that this hub may talk to; ${known}. Its operator can add others`);
}

const refused = (field: string, message: string): AppError =>
  // `refused`: somebody reached for what is not theirs. The API's router tells the audit.
  new AppError('body_invalid', `${field}: ${message}`, { details: { field, refused: true } });

/** A new instance. Throws AppError `body_invalid` where it is to reach what the hub does not allow this tenant. */
export function newConnectorInstance(
  body: NewConnectorInstance,
  context: InstanceContext,
  terms: HubTerms,
): ConnectorInstance {
  checkReach(body, context.tenant_id, terms);
  const common = {
    _id: context.id,
    tenant_id: context.tenant_id,
    workspace_id: context.workspace_id,
    display_name: body.display_name,
    status: 'active',
    source_system_ids: [],
    discovered_capabilities: { service_categories_available: [] },
    created_at: context.now,
    created_by: context.created_by,
    last_seq: 0,
    version: 1,
  } as const;
  switch (body.connector_kind) {
    case 'aws':
      return {
        ...common,
        connector_kind: 'aws',
        config: body.config,
        external_id: externalIdOf(terms.hub_account_id, context.tenant_id),
        discovered_capabilities: { service_categories_available: terms.categories },
      };
    case 'entra':
      return { ...common, connector_kind: 'entra', config: body.config, credentials_ref: body.credentials_ref };
    case 'servicenow':
      return { ...common, connector_kind: 'servicenow', config: body.config, credentials_ref: body.credentials_ref };
    case 'foundry':
      return { ...common, connector_kind: 'foundry', config: body.config, credentials_ref: body.credentials_ref };
    case 'push':
      return {
        ...common,
        connector_kind: 'push',
        config: body.config,
        source_system_ids: body.source_system_ids,
        discovered_capabilities: { service_categories_available: [PUSH_CATEGORY] },
      };
  }
}
