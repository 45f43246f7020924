import * as z from 'zod';
import { AppError } from '../kernel/failures.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { type IsoTime, isoTime, later, MINUTE } from '../kernel/time.ts';
import type { ConnectorInstance } from './connector-instance.ts';
import { AccountIdSchema } from './instance-config.ts';

const Schedule = z.strictObject({
  every_minutes: z
    .int()
    .min(5)
    .max(7 * 24 * 60),
});

/** POST /api/v1/scan-scopes. Empty lists mean everything that the instance covers. */
export const NewScanScope = z.strictObject({
  instance_id: z.string().min(1).max(100),
  scope_keys: z.strictObject({
    account_ids: z.array(AccountIdSchema).max(10_000).default([]),
    regions: z.array(z.string().min(1).max(40)).max(40).default([]),
  }),
  service_categories: z.array(z.string().min(1).max(60)).min(1).max(50),
  schedule: Schedule.optional(),
  enabled: z.boolean().default(true),
});
export type NewScanScope = z.infer<typeof NewScanScope>;

/** The unit of scan work: which part of an instance is scanned, and how often. */
export interface ScanScope extends Tenancy {
  readonly _id: string;
  readonly instance_id: string;
  readonly scope_keys: { readonly account_ids: readonly string[]; readonly regions: readonly string[] };
  readonly service_categories: readonly string[];
  readonly schedule?: z.infer<typeof Schedule>;
  readonly next_run_at?: IsoTime;
  readonly enabled: boolean;
  readonly created_at: IsoTime;
  readonly created_by: string;
}

/** A tick that dies between taking a due scope and starting its run has the scope due again after this long. */
const RETRY = 2 * MINUTE;

/** When a scope that has just been taken is due again, unless its run was started: see `settleDue` of the store. */
export const retryAt = (now: Date): IsoTime => isoTime(later(now, RETRY));

export interface ScopeContext extends Tenancy {
  readonly id: string;
  readonly now: Date;
  readonly created_by: string;
}

/** When a scope is due next after `now`; undefined where it has no schedule. */
export const nextRunAt = (scope: Pick<ScanScope, 'schedule'>, now: Date): IsoTime | undefined =>
  scope.schedule && isoTime(later(now, scope.schedule.every_minutes * MINUTE));

/** What an instance covers: its accounts (undefined: whichever its organization has) and its regions. Only AWS has such. */
export const coverageOf = ({
  connector_kind,
  config,
}: Pick<ConnectorInstance, 'connector_kind' | 'config'>): {
  readonly account_ids?: readonly string[];
  readonly regions: readonly string[];
} => {
  if (connector_kind !== 'aws' || !('mode' in config)) return { account_ids: [], regions: [] };
  return config.mode === 'accounts' ? config : { regions: config.regions };
};

/** A new scope of an instance. Throws AppError `unknown_category`, `account_not_in_scope` or `body_invalid`, each naming the offender. */
export function newScanScope(body: NewScanScope, instance: ConnectorInstance, context: ScopeContext): ScanScope {
  const known = instance.discovered_capabilities.service_categories_available;
  const unknown = body.service_categories.filter((category) => !known.includes(category));
  if (unknown.length > 0) {
    throw new AppError(
      'unknown_category',
      `service_categories: unknown ${unknown.join(', ')}; this instance knows ${known.join(', ')}`,
      { details: { field: 'service_categories', unknown, known: known.join(', ') } },
    );
  }
  const covered = coverageOf(instance);
  const outside = body.scope_keys.account_ids.filter((id) => covered.account_ids?.includes(id) === false);
  if (outside.length > 0) {
    throw new AppError(
      'account_not_in_scope',
      `scope_keys.account_ids: ${outside.join(', ')} are not accounts of this instance`,
      { details: { field: 'scope_keys.account_ids', outside } },
    );
  }
  const elsewhere = body.scope_keys.regions.filter((region) => !covered.regions.includes(region));
  if (elsewhere.length > 0) {
    throw new AppError('body_invalid', `scope_keys.regions: ${elsewhere.join(', ')} are not regions of this instance`, {
      details: { field: 'scope_keys.regions', outside: elsewhere },
    });
  }
  const due = body.enabled ? nextRunAt(body as Pick<ScanScope, 'schedule'>, context.now) : undefined;
  return {
    _id: context.id,
    tenant_id: context.tenant_id,
    workspace_id: context.workspace_id,
    instance_id: instance._id,
    scope_keys: body.scope_keys,
    service_categories: [...new Set(body.service_categories)],
    ...(body.schedule && { schedule: body.schedule }),
    ...(due && { next_run_at: due }),
    enabled: body.enabled,
    created_at: isoTime(context.now),
    created_by: context.created_by,
  };
}
