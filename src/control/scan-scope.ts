import * as z from 'zod';
import { AppError } from '../kernel/failures.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { type IsoTime, isoTime } from '../kernel/time.ts';
import type { ConnectorInstance } from './connector-instance.ts';
import { outsideOf } from './coverage.ts';
import type { Settled } from './due.ts';
import { AccountIdSchema, isEachOnce } from './instance-config.ts';
import { nextRunAt, Schedule } from './schedule.ts';

/** Which part of an instance: empty lists mean everything that it covers. */
export const ScopeKeys = z.strictObject({
  account_ids: z.array(AccountIdSchema).max(10_000).refine(isEachOnce, 'must name each account once').default([]),
  regions: z.array(z.string().min(1).max(40)).max(40).refine(isEachOnce, 'must name each region once').default([]),
});
export const ServiceCategories = z.array(z.string().min(1).max(60)).min(1).max(50);

/** What one run of a scope may spend. */
export const ScopeBudget = z
  .strictObject({
    max_api_calls: z.int().min(1).max(100_000_000).exactOptional().describe('Calls to the source, retries included'),
    max_minutes: z
      .int()
      .min(1)
      .max(7 * 24 * 60)
      .exactOptional(),
  })
  .refine(
    ({ max_api_calls, max_minutes }) => max_api_calls !== undefined || max_minutes !== undefined,
    'must limit max_api_calls, max_minutes or both',
  );
export type ScopeBudget = z.infer<typeof ScopeBudget>;

/** POST /api/v1/scan-scopes. */
export const NewScanScope = z.strictObject({
  instance_id: z.string().min(1).max(100),
  scope_keys: ScopeKeys,
  service_categories: ServiceCategories,
  schedule: Schedule.exactOptional(),
  budget: ScopeBudget.exactOptional(),
  enabled: z.boolean().default(true),
});
export type NewScanScope = z.infer<typeof NewScanScope>;

/** Why a scope was due and no run of it was started. */
export const SKIP_REASONS = ['still_running', 'instance_disabled', 'instance_gone'] as const;

/** The last time that a scope was due and left alone. */
export interface Skipped {
  readonly at: IsoTime;
  readonly reason: (typeof SKIP_REASONS)[number];
  /** The run that was still going. */
  readonly run_id?: string;
}

/** The unit of scan work: which part of an instance is scanned, and how often. */
export interface ScanScope extends Tenancy {
  readonly _id: string;
  readonly instance_id: string;
  readonly scope_keys: { readonly account_ids: readonly string[]; readonly regions: readonly string[] };
  readonly service_categories: readonly string[];
  readonly schedule?: Schedule;
  readonly budget?: ScopeBudget;
  readonly next_run_at?: IsoTime;
  /** When it was due last, or began to be: what is due next is asked to have happened since. */
  readonly period_began_at?: IsoTime;
  readonly last_skipped?: Skipped;
  readonly enabled: boolean;
  readonly created_at: IsoTime;
  readonly created_by: string;
  readonly updated_at?: IsoTime;
  /** A deleted scope is changed by nobody, starts nothing and is in no list; its runs stay. */
  readonly deleted_at?: IsoTime;
  readonly deleted_by?: string;
  /** Since when a deletion has work left: see `endScope`. */
  readonly ending_since?: IsoTime;
  /** What was asked for, where the caller gave the request a key. */
  readonly request_hash?: string;
  /** Counts up with every change by a caller: of two changes at once, one meets the version that it has read. */
  readonly version: number;
}

export interface ScopeContext extends Tenancy {
  readonly id: string;
  readonly now: Date;
  readonly created_by: string;
}

/**
 * Throws AppError `conflict` where the instance is deleted, `unknown_category`, `account_not_in_scope` or `body_invalid` where
 * a scope names what its instance does not have; each names the field and the offender.
 */
export function checkFits(
  scope: Pick<ScanScope, 'scope_keys' | 'service_categories'>,
  instance: Pick<ConnectorInstance, '_id' | 'status' | 'connector_kind' | 'config' | 'discovered_capabilities'>,
): void {
  if (instance.status === 'deleted') {
    throw new AppError('conflict', `instance_id: the connector instance ${instance._id} is deleted`, {
      details: { field: 'instance_id' },
    });
  }
  const known = instance.discovered_capabilities.service_categories_available;
  const unknown = scope.service_categories.filter((category) => !known.includes(category));
  if (unknown.length > 0) {
    const offered = known.length > 0 ? `knows ${known.join(', ')}` : 'knows none yet';
    throw new AppError(
      'unknown_category',
      `service_categories: unknown ${unknown.join(', ')}; this instance ${offered}`,
      { details: { field: 'service_categories', unknown, known: known.join(', ') } },
    );
  }
  const { account_ids, regions } = outsideOf(scope, instance);
  if (account_ids.length > 0) {
    throw new AppError(
      'account_not_in_scope',
      `scope_keys.account_ids: ${account_ids.join(', ')} are not accounts of this instance`,
      { details: { field: 'scope_keys.account_ids', outside: account_ids } },
    );
  }
  if (regions.length > 0) {
    throw new AppError('body_invalid', `scope_keys.regions: ${regions.join(', ')} are not regions of this instance`, {
      details: { field: 'scope_keys.regions', outside: regions },
    });
  }
}

/** When a scope is due first, as of now: never while it is disabled or has no schedule. */
export function dueFrom(
  scope: Pick<ScanScope, 'enabled' | 'schedule'>,
  now: Date,
): Pick<ScanScope, 'next_run_at' | 'period_began_at'> {
  const next = scope.enabled ? nextRunAt(scope, now) : undefined;
  return next === undefined ? {} : { next_run_at: next, period_began_at: isoTime(now) };
}

/** A new scope of an instance. Throws what `checkFits` throws. */
export function newScanScope(body: NewScanScope, instance: ConnectorInstance, context: ScopeContext): ScanScope {
  checkFits(body, instance);
  return {
    _id: context.id,
    tenant_id: context.tenant_id,
    workspace_id: context.workspace_id,
    instance_id: instance._id,
    scope_keys: body.scope_keys,
    service_categories: [...new Set(body.service_categories)],
    ...(body.schedule && { schedule: body.schedule }),
    ...(body.budget && { budget: body.budget }),
    ...dueFrom(body, context.now),
    enabled: body.enabled,
    created_at: isoTime(context.now),
    created_by: context.created_by,
    version: 1,
  };
}

/** What is noted of a scope that was due: when it is due next, counted from then. */
export function settled(scope: ScanScope, now: Date, last_skipped?: Skipped): Settled {
  const next_run_at = nextRunAt(scope, now);
  return {
    period_began_at: isoTime(now),
    ...(next_run_at !== undefined && { next_run_at }),
    ...(last_skipped && { last_skipped }),
  };
}
