import * as z from 'zod';
import { type ScanScope, ScopeBudget, SKIP_REASONS, type Skipped } from '../../../src/control/scan-scope.ts';
import { Schedule } from '../../../src/control/schedule.ts';
import { exactly, Time } from './exactly.ts';

/** A scope as callers see it. */
export type ShownScope = Omit<ScanScope, 'request_hash'>;

/** A scope without what is ours alone. */
export function shownScope(scope: ScanScope): ShownScope {
  const { request_hash: _hash, ...rest } = scope;
  return rest;
}

const SkippedAnswer = exactly<Skipped>()(
  z.strictObject({
    at: Time,
    reason: z.enum(SKIP_REASONS),
    run_id: z.string().exactOptional().describe('The run that was still going'),
  }),
);

/** Which part of an instance is scanned, and how often. */
export const ScopeAnswer = exactly<ShownScope>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    workspace_id: z.string(),
    instance_id: z.string(),
    scope_keys: z.strictObject({
      account_ids: z.array(z.string()).describe('Empty: all that the instance covers'),
      regions: z
        .array(z.string())
        .describe(
          'Empty: all that the instance names, or, where it names none, those that are enabled in each account',
        ),
    }),
    service_categories: z.array(z.string()),
    schedule: Schedule.exactOptional(),
    budget: ScopeBudget.exactOptional(),
    next_run_at: Time.exactOptional().describe('Absent where it is not scheduled, or disabled'),
    period_began_at: Time.exactOptional().describe('When it was due last, or began to be'),
    last_skipped: SkippedAnswer.exactOptional().describe('The last time that it was due and left alone'),
    enabled: z.boolean(),
    created_at: Time,
    created_by: z.string(),
    updated_at: Time.exactOptional(),
    deleted_at: Time.exactOptional(),
    deleted_by: z.string().exactOptional(),
    ending_since: Time.exactOptional().describe('Since when its runs are being cancelled'),
    version: z.int().min(1).describe('Counts its changes'),
  }),
).meta({ id: 'ScanScope' });
