import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remedyFor } from '../../src/kernel/error-facts.ts';
import { CELL_STATUSES, type Cell, type CellStatus, isTerminal, RETIREMENT } from '../../src/runs/cell.ts';
import { cellError } from '../../src/runs/cell-errors.ts';
import {
  isOver,
  NEXT_STATUS,
  planMessage,
  RUN_FINISHED,
  RUN_STATUSES,
  type RunStatus,
  startRun,
} from '../../src/runs/run.ts';
import { runOutcome } from '../../src/runs/run-outcome.ts';
import { aCell, anInstance, aPlannedRun, aRun, aScope, ONE, START, TENANCY, THREE, TWO } from './builders.ts';

describe('the statuses of a run', () => {
  it.each<[RunStatus, readonly RunStatus[]]>([
    ['queued', ['running', 'cancelled']],
    ['running', ['succeeded', 'partial', 'failed', 'cancelled']],
    ['succeeded', []],
    ['partial', []],
    ['failed', []],
    ['cancelled', []],
  ])('after %s come %j', (status, next) => {
    expect(NEXT_STATUS[status]).toEqual(next);
    expect(isOver(status)).toBe(next.length === 0);
  });

  it('come to an end on every walk, and stay there', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 12 }), (choices) => {
        let status: RunStatus = 'queued';
        const walked: RunStatus[] = [status];
        for (const choice of choices) {
          const next: readonly RunStatus[] = NEXT_STATUS[status];
          status = next[choice % Math.max(next.length, 1)] ?? status;
          if (status !== walked.at(-1)) walked.push(status);
        }
        expect(walked.slice(0, -1).some(isOver)).toBe(false);
        expect(walked.length).toBeLessThanOrEqual(3);
        expect(new Set(walked).size).toBe(walked.length);
      }),
    );
  });

  it('can all be reached', () => {
    const reached = new Set<RunStatus>(['queued']);
    for (const status of reached) for (const next of NEXT_STATUS[status]) reached.add(next);
    expect([...reached].toSorted()).toEqual([...RUN_STATUSES].toSorted());
  });
});

describe('a new run', () => {
  const run = startRun(aScope({ workspace_id: 'payments' }), anInstance(), {
    id: 'run-7',
    seq: 7,
    trigger: 'manual',
    requested_by: 'ada',
    request_id: 'request-1',
    now: START,
  });

  it('waits in the workspace of its scope, unplanned, with its audit event in the outbox', () => {
    expect(run).toMatchObject({
      _id: 'run-7',
      seq: 7,
      status: 'queued',
      workspace_id: 'payments',
      scope_id: 'scope-1',
      instance_id: 'instance-1',
      outbox: [{ kind: 'audit', event: { actor: 'ada', action: 'scan_run.started', target: 'run-7' } }],
    });
    expect(run).not.toHaveProperty('planned_at');
  });

  it('is named in its message by tenant, workspace and id', () => {
    expect(planMessage(run)).toEqual({
      tenant_id: TENANCY.tenant_id,
      workspace_id: 'payments',
      run_id: 'run-7',
      send_no: 0,
    });
  });
});

const ACCOUNTS = [ONE, TWO, THREE];
const aCellOf = (status: CellStatus, index = 0, given: Partial<Cell> = {}): Cell =>
  aCell({ status, account_id: ACCOUNTS[index] ?? String(index).padStart(12, '0'), ...given });
const outcomeOf = (...cells: readonly Cell[]) => runOutcome(aPlannedRun(), cells, START);
const statusOf = (...statuses: readonly CellStatus[]) =>
  outcomeOf(...statuses.map((status, index) => aCellOf(status, index))).status;

describe('how a run ends', () => {
  it.each<[readonly CellStatus[], RunStatus]>([
    [['succeeded'], 'succeeded'],
    [['succeeded', 'succeeded'], 'succeeded'],
    [['partial'], 'partial'],
    [['succeeded', 'partial'], 'partial'],
    [['succeeded', 'failed'], 'partial'],
    [['succeeded', 'superseded'], 'partial'],
    [['succeeded', 'cancelled'], 'partial'],
    [['partial', 'failed'], 'partial'],
    [['failed'], 'failed'],
    [['failed', 'superseded', 'cancelled'], 'failed'],
    [['superseded'], 'failed'],
    [[], 'failed'],
  ])('with cells that are %j is %s', (statuses, status) => {
    expect(statusOf(...statuses)).toBe(status);
  });

  it('is succeeded only if every cell is, and failed only if none brought anything, whatever the mix', () => {
    const terminal = fc.constantFrom(...CELL_STATUSES.filter(isTerminal));
    fc.assert(
      fc.property(fc.array(terminal, { maxLength: 6 }), (statuses) => {
        const status = statusOf(...statuses);
        expect(status === 'succeeded').toBe(statuses.length > 0 && statuses.every((it) => it === 'succeeded'));
        expect(status === 'failed').toBe(!statuses.some((it) => it === 'succeeded' || it === 'partial'));
        expect(statusOf(...statuses.toReversed())).toBe(status);
      }),
    );
  });

  it('is no better for the cell that retires, which looks at nothing', () => {
    const retired = aCellOf('succeeded', 2, { category: RETIREMENT });
    expect(outcomeOf(aCellOf('failed'), retired).status).toBe('failed');
    expect(outcomeOf(aCellOf('succeeded'), retired).status).toBe('succeeded');
    expect(outcomeOf(aCellOf('succeeded'), { ...retired, status: 'failed' }).status).toBe('partial');
  });

  it('is no worse where a later run of the instance has retired what this one would have', () => {
    const superseded = aCellOf('superseded', 2, { category: RETIREMENT });
    const outcome = outcomeOf(aCellOf('succeeded'), superseded);
    expect(outcome.status).toBe('succeeded');
    expect(outcome.evidence_completeness[superseded.key]).toBe('complete');
    expect(outcomeOf(aCellOf('superseded'), superseded).status).toBe('failed');
  });
});

describe('what a run tells when it is over', () => {
  it('is one line of evidence for each cell, so that nothing missing is hidden', () => {
    const statuses = ['succeeded', 'partial', 'failed', 'superseded', 'cancelled'] as const;
    const outcome = outcomeOf(...statuses.map((status, index) => aCellOf(status, index)));
    expect(Object.values(outcome.evidence_completeness)).toEqual([
      'complete',
      'partial',
      'failed',
      'not_attempted',
      'not_attempted',
    ]);
  });

  it('keeps apart the evidence of every category and account', () => {
    const categories = fc.uniqueArray(fc.constantFrom('aws_iam', 'aws_lambda', 'aws_s3', 'aws_iam_1'));
    const accounts = fc.uniqueArray(fc.stringMatching(/^[01]{12}$/), { maxLength: 5 });
    fc.assert(
      fc.property(categories, accounts, (known, ids) => {
        const cells = known.flatMap((category) =>
          ids.map((account_id) => aCell({ category, account_id, status: 'succeeded' })),
        );
        const keys = Object.keys(outcomeOf(...cells).evidence_completeness);
        expect(keys).toHaveLength(cells.length);
        expect(keys.filter((key) => key.split(':').length !== 2)).toEqual([]);
      }),
    );
  });

  it('is the sum of its cells', () => {
    const counts = { added: 1, changed: 2, removed: 3, unchanged: 4 };
    const outcome = outcomeOf(
      aCellOf('succeeded', 0, { counts, observed: 5, api_calls: 6 }),
      aCellOf('succeeded', 1, { counts, observed: 50, api_calls: 60 }),
      aCellOf('failed', 2, { api_calls: 1 }),
    );
    expect(outcome.totals).toEqual({
      cells: 3,
      cells_by_status: { succeeded: 2, failed: 1 },
      added: 2,
      changed: 4,
      removed: 6,
      unchanged: 8,
      observed: 55,
      errors: 0,
    });
    expect(outcome.api_calls).toBe(67);
  });

  it.each([
    [false, [aCellOf('succeeded'), aCellOf('failed', 1)]],
    [true, [aCellOf('succeeded'), aCellOf('failed', 1, { wrote: true })]],
  ])('is a signal that says whether anything was written: %s', (wrote, cells) => {
    const [audit, signal] = outcomeOf(...cells).outbox;
    expect(audit).toMatchObject({
      kind: 'audit',
      event: { action: 'scan_run.finished', details: { status: 'partial' } },
    });
    expect(signal).toMatchObject({
      kind: 'signal',
      detail_type: RUN_FINISHED,
      detail: { ...TENANCY, run_id: 'run-1', instance_id: 'instance-1', status: 'partial', wrote },
    });
  });

  it('is told under the same ids by everybody who tells it', () => {
    const ids = (now: Date) => runOutcome(aRun(), [aCellOf('failed')], now).outbox.map(({ id }) => id);
    expect(ids(START)).toEqual(ids(new Date('2027-01-01T00:00:00.000Z')));
    expect(new Set(ids(START)).size).toBe(2);
  });
});

describe('the errors of a run', () => {
  const denied = (action: string, account_id: string = ONE) =>
    cellError('access_denied', `${action} was refused`, { account_id }, { action, collector: 'iam', region: 'global' });

  it('are one row for each code, category and account, with how often and the remedy of the first', () => {
    const outcome = outcomeOf(
      aCellOf('partial', 1, { errors: [denied('iam:ListUsers', TWO)] }),
      aCellOf('partial', 0, {
        errors: [
          { ...denied('iam:ListRoles'), count: 4 },
          denied('iam:ListUsers'),
          cellError('throttled', 'slow', { account_id: ONE }),
        ],
      }),
      aCellOf('partial', 0, { category: 'aws_s3', errors: [denied('s3:ListBuckets')] }),
    );
    expect(
      outcome.errors.map(({ code, service_category, account_id, count }) => [
        code,
        service_category,
        account_id,
        count,
      ]),
    ).toEqual([
      ['access_denied', 'aws_iam', ONE, 5],
      ['access_denied', 'aws_iam', TWO, 1],
      ['access_denied', 'aws_s3', ONE, 1],
      ['throttled', 'aws_iam', ONE, 1],
    ]);
    expect(outcome.errors[0]).toMatchObject({
      example: 'iam:ListRoles was refused',
      remedy: remedyFor('access_denied', { action: 'iam:ListRoles', account_id: ONE }),
      responsible: 'AWS account owner',
    });
  });

  it('are none where no cell has any', () => {
    expect(outcomeOf(aCellOf('succeeded')).errors).toEqual([]);
  });
});
