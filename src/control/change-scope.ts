import * as z from 'zod';
import { AppError } from '../kernel/failures.ts';
import { isoTime } from '../kernel/time.ts';
import { changedFields } from './changed-fields.ts';
import type { ConnectorInstance } from './connector-instance.ts';
import { checkFits, dueFrom, type ScanScope, ScopeBudget, ScopeKeys, ServiceCategories } from './scan-scope.ts';
import { Schedule } from './schedule.ts';

/** PATCH /api/v1/scan-scopes/{id}: what is not named stays; `null` takes a schedule or budget away. */
export const ScanScopeChange = z
  .strictObject({
    scope_keys: ScopeKeys.exactOptional(),
    service_categories: ServiceCategories.exactOptional(),
    schedule: Schedule.nullable().exactOptional(),
    budget: ScopeBudget.nullable().exactOptional(),
    enabled: z.boolean().exactOptional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'must name at least one field to change');
export type ScanScopeChange = z.infer<typeof ScanScopeChange>;

/** What came of a change: the document as it is to be, and the names of what differs; none where nothing does. */
export interface Changed<T> {
  readonly document: T;
  readonly fields: readonly string[];
}

/**
 * A scope after a change. A new cadence counts from now on. Throws AppError `conflict` where scope or instance are deleted,
 * and what `checkFits` throws.
 */
export function changeScope(
  scope: ScanScope,
  instance: ConnectorInstance,
  change: ScanScopeChange,
  now: Date,
): Changed<ScanScope> {
  if (scope.deleted_at !== undefined) throw new AppError('conflict', `the scan scope ${scope._id} is deleted`);
  const { schedule, budget, next_run_at, period_began_at, ...rest } = scope;
  const wanted = {
    ...rest,
    ...('scope_keys' in change && { scope_keys: change.scope_keys }),
    ...('service_categories' in change && { service_categories: [...new Set(change.service_categories)] }),
    ...('enabled' in change && { enabled: change.enabled }),
    ...withField('schedule', change.schedule === undefined ? schedule : (change.schedule ?? undefined)),
    ...withField('budget', change.budget === undefined ? budget : (change.budget ?? undefined)),
  };
  checkFits(wanted, instance);
  const due = { ...withField('next_run_at', next_run_at), ...withField('period_began_at', period_began_at) };
  const fields = changedFields(scope, { ...wanted, ...due });
  if (fields.length === 0) return { document: scope, fields };
  const is_retimed = fields.includes('schedule') || fields.includes('enabled');
  return {
    document: {
      ...wanted,
      ...(is_retimed ? dueFrom(wanted, now) : due),
      updated_at: isoTime(now),
      version: scope.version + 1,
    },
    fields,
  };
}

/** A field, unless there is nothing in it. */
const withField = <Name extends string, T>(name: Name, value: T | undefined): { readonly [K in Name]?: T } =>
  // A computed key is typed by its constraint alone.
  (value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: T };

/** A scope that somebody deletes: due no more, and with its end to be seen to. Deleted already, it stays as it is. */
export function deletedScope(scope: ScanScope, by: string, now: Date): ScanScope {
  if (scope.deleted_at !== undefined) return scope;
  const { next_run_at: _next, period_began_at: _began, ...rest } = scope;
  const at = isoTime(now);
  return {
    ...rest,
    enabled: false,
    updated_at: at,
    deleted_at: at,
    deleted_by: by,
    ending_since: at,
    version: scope.version + 1,
  };
}
