import * as z from 'zod';
import { ERROR_CODES } from '../../../src/kernel/failures.ts';
import { type Evidence, RUN_STATUSES, type RunError, type RunTotals, type ScanRun } from '../../../src/runs/run.ts';
import { COUNTS } from './cells.ts';
import { exactly, Time } from './exactly.ts';

/** A run as callers see it: what must still follow from it is ours. */
export type ShownRun = Omit<ScanRun, 'outbox' | 'plan_send_no' | 'planning' | 'request_hash'>;

/** A run in lists: without what grows with the number of its cells. */
export type ListedRun = Omit<ShownRun, 'evidence_completeness' | 'errors'>;

/** How far a run is, counted from its cells when it is asked for. */
export interface RunProgress {
  /** `total` is final once the run is planned. */
  readonly planned: boolean;
  readonly total: number;
  readonly done: number;
  readonly by_status: Readonly<Record<string, number>>;
  readonly api_calls: number;
  readonly observed: number;
  readonly errors_by_code: Readonly<Record<string, number>>;
}

export type WatchedRun = ShownRun & { readonly progress: RunProgress };

/** A run as callers see it: what must still follow from it, who plans it and what made it are ours. */
export function shownRun<R extends Partial<ScanRun>>(
  run: R,
): Omit<R, 'outbox' | 'plan_send_no' | 'planning' | 'request_hash'> {
  const { outbox: _outbox, plan_send_no: _send_no, planning: _planning, request_hash: _hash, ...rest } = run;
  return rest;
}

const Count = z.int().min(0);
const ByStatus = z.record(z.string(), Count);

const ErrorOfRun = exactly<RunError>()(
  z.strictObject({
    code: z.enum(ERROR_CODES),
    service_category: z.string(),
    account_id: z.string(),
    count: z.int().min(1),
    example: z.string(),
    remedy: z.string().describe('What to do about it'),
    responsible: z.string().describe('Who can mend it'),
  }),
);

const Totals = exactly<RunTotals>()(
  z.strictObject({ cells: Count, cells_by_status: ByStatus, ...COUNTS, observed: Count, errors: Count }),
);

const EvidenceLevel = exactly<Evidence>()(z.enum(['complete', 'partial', 'failed', 'not_attempted']));

const SHOWN = {
  _id: z.string(),
  tenant_id: z.string(),
  workspace_id: z.string(),
  seq: z.int().describe('Counts up per instance'),
  instance_id: z.string(),
  scope_id: z.string().exactOptional().describe('Absent where no scope was asked for'),
  cancel: z
    .strictObject({ requested_by: z.string(), requested_at: Time })
    .exactOptional()
    .describe('Somebody wants it to end before its time'),
  trigger: z.enum(['manual', 'schedule', 'push']),
  requested_by: z.string(),
  status: z.enum(RUN_STATUSES),
  budget: z
    .strictObject({ max_api_calls: z.int().min(1).exactOptional(), max_minutes: z.int().min(1).exactOptional() })
    .exactOptional()
    .describe('The budget of the scope when the run was started'),
  planned_at: Time.exactOptional().describe('When every cell had been written'),
  totals: Totals.exactOptional().describe('Of a run that is over'),
  evidence_completeness: z
    .record(z.string(), EvidenceLevel)
    .describe('By `<category>:<account_id>`, of a run that is over'),
  errors: z.array(ErrorOfRun).describe('One row for each code, category and account'),
  errors_omitted: z.int().min(1).exactOptional().describe('Rows that `errors` would have beside: read the cells'),
  api_calls: Count,
  estimated_cost_usd: z
    .number()
    .min(0)
    .exactOptional()
    .describe('What its cells cost to run, at list prices: collector and queue'),
  created_at: Time,
  started_at: Time.exactOptional(),
  finished_at: Time.exactOptional(),
};

const { evidence_completeness: _evidence, errors: _errors, ...LISTED } = SHOWN;

/** A run in lists. */
export const ListedRunAnswer = exactly<ListedRun>()(z.strictObject(LISTED)).meta({ id: 'ListedScanRun' });

/** A run when it was started or cancelled. */
export const ShownRunAnswer = exactly<ShownRun>()(z.strictObject(SHOWN)).meta({ id: 'ScanRun' });

const Progress = exactly<RunProgress>()(
  z.strictObject({
    planned: z.boolean().describe('Whether every cell has been written: `total` is final then'),
    total: Count,
    done: Count,
    by_status: ByStatus,
    api_calls: Count.describe('Calls to the source so far'),
    observed: Count,
    errors_by_code: ByStatus.describe('How often each kind of failure was met so far'),
  }),
);

/** A run while it is watched. */
export const WatchedRunAnswer = exactly<WatchedRun>()(z.strictObject({ ...SHOWN, progress: Progress })).meta({
  id: 'WatchedScanRun',
});
