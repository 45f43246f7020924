import { NO_CHANGES } from '../../src/inventory/counts.ts';
import { type Cell, cellId, cellKey } from '../../src/runs/cell.ts';
import type { ScanRun } from '../../src/runs/run.ts';
import { at, ONE, START, TENANCY } from '../control/builders.ts';

export * from '../control/builders.ts';

/** A clock that a test moves. */
export function aClock() {
  let now = START.getTime();
  return {
    now: () => new Date(now),
    pass: (seconds: number) => {
      now += seconds * 1_000;
    },
  };
}

export const aRun = (given: Partial<ScanRun> = {}): ScanRun => ({
  _id: 'run-1',
  seq: 1,
  ...TENANCY,
  instance_id: 'instance-1',
  scope_id: 'scope-1',
  trigger: 'manual',
  requested_by: 'ada',
  status: 'queued',
  plan_send_no: 0,
  evidence_completeness: {},
  errors: [],
  api_calls: 0,
  created_at: START.toISOString(),
  outbox: [],
  ...given,
});

/** A run of which every cell has been written. */
export const aPlannedRun = (given: Partial<ScanRun> = {}): ScanRun =>
  aRun({ status: 'running', started_at: at(0), planned_at: at(1), ...given });

export const aCell = (given: Partial<Cell> = {}): Cell => {
  const { run_id = 'run-1', category = 'aws_iam', account_id = ONE } = given;
  const key = given.key ?? cellKey(category, account_id);
  return {
    _id: cellId(run_id, key),
    ...TENANCY,
    run_id,
    run_seq: 1,
    instance_id: 'instance-1',
    key,
    category,
    account_id,
    regions: ['eu-west-1'],
    lane: 0,
    status: 'waiting',
    attempt: 0,
    part: 0,
    send_no: 0,
    coverage: [],
    counts: NO_CHANGES,
    wrote: false,
    observed: 0,
    errors: [],
    api_calls: 0,
    ...given,
  };
};
