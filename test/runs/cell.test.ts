import { describe, expect, it } from 'vitest';
import type { CoverageRow } from '../../src/connectors/connector.ts';
import type { ErrorCode } from '../../src/kernel/failures.ts';
import type { Gap } from '../../src/observations/observation.ts';
import { CELL_STATUSES, cellOutcome, deduplicationId, isTerminal, messageGroup } from '../../src/runs/cell.ts';
import { addError, gapError } from '../../src/runs/cell-errors.ts';
import { Progress } from '../../src/runs/cell-progress.ts';
import { aCell, ONE } from './builders.ts';

const TASK = { collector: 's3.buckets', region: 'global' };
const aGap = (code: ErrorCode, given: Partial<Gap> = {}): Gap => ({
  kind: 'gap',
  code,
  action: 's3:GetBucketPolicy',
  message: `${code} it is`,
  ...given,
});
const rows = (...statuses: readonly CoverageRow['status'][]): readonly CoverageRow[] =>
  statuses.map((status) => ({ ...TASK, status }));

describe('the statuses of a cell', () => {
  it('are final but for waiting and running', () => {
    expect(CELL_STATUSES.filter((status) => !isTerminal(status))).toEqual(['waiting', 'running']);
  });
});

describe('how a cell ends', () => {
  it.each<[readonly CoverageRow['status'][], number, string]>([
    [['complete'], 0, 'succeeded'],
    [['complete', 'skipped'], 9, 'succeeded'],
    [['skipped'], 0, 'succeeded'],
    [['complete', 'denied'], 0, 'partial'],
    [['skipped', 'failed'], 0, 'partial'],
    [['denied'], 3, 'partial'],
    [['denied'], 0, 'failed'],
    [['failed', 'denied'], 0, 'failed'],
  ])('with tasks that are %j and %i observations is %s', (statuses, observed, outcome) => {
    expect(cellOutcome(rows(...statuses), observed)).toBe(outcome);
  });
});

describe('messages of cells', () => {
  it('of one account and lane are of one group, of different tenants never', () => {
    expect(messageGroup(aCell({ lane: 1 }))).toBe(`enterprise-nimbus/${ONE}#1`);
    expect(messageGroup(aCell({ tenant_id: 'acme' }))).not.toBe(messageGroup(aCell()));
  });

  it('are told apart by part and by sending', () => {
    const ids = [aCell(), aCell({ part: 1 }), aCell({ send_no: 1 }), aCell({ account_id: '222222222222' })];
    expect(new Set(ids.map(deduplicationId)).size).toBe(4);
  });
});

describe('errors of a cell', () => {
  it('name the action, the item and the remedy with both filled in', () => {
    const error = gapError(aGap('unreadable_item', { item: 'bucket-1' }), TASK, ONE);
    expect(error).toMatchObject({ ...TASK, action: 's3:GetBucketPolicy', item: 'bucket-1', count: 1 });
    expect(error.remedy).toMatch(/^Look at bucket-1 /);
    expect(gapError(aGap('access_denied'), TASK, ONE).remedy).toContain(
      `Allow s3:GetBucketPolicy in the policy of the spoke role in account ${ONE}`,
    );
  });

  it('that one remedy mends are one row, with the first as the example', () => {
    const denied = (item: string) => gapError(aGap('access_denied', { item, message: item }), TASK, ONE);
    let errors = addError([], denied('bucket-0'));
    for (let n = 1; n < 1_000; n += 1) errors = addError(errors, denied(`bucket-${n}`));
    expect(errors).toMatchObject([{ message: 'bucket-0', count: 1_000 }]);
  });

  it.each<[string, Partial<Gap>, Partial<typeof TASK>]>([
    ['code', { code: 'throttled' }, {}],
    ['action', { action: 's3:GetBucketTagging' }, {}],
    ['collector', {}, { collector: 'sns.topics' }],
    ['region', {}, { region: 'eu-west-1' }],
  ])('are rows of their own by %s', (_what, gap, task) => {
    const first = gapError(aGap('access_denied'), TASK, ONE);
    const other = gapError(aGap('access_denied', gap), { ...TASK, ...task }, ONE);
    expect(addError([first], other)).toEqual([first, other]);
  });
});

describe('what a cell comes to', () => {
  const complete: CoverageRow = { ...TASK, status: 'complete' };

  it.each<[string, readonly ErrorCode[], CoverageRow, Partial<CoverageRow>]>([
    ['a complete last part after nothing', [], complete, { status: 'complete' }],
    ['a complete last part after a refusal', ['access_denied'], complete, { status: 'denied', code: 'access_denied' }],
    ['a complete last part after a failure', ['timeout'], complete, { status: 'failed', code: 'timeout' }],
    [
      'a refusal by the organization',
      ['organization_access_denied'],
      complete,
      { status: 'denied', code: 'organization_access_denied' },
    ],
    ['a failure after a refusal', ['access_denied', 'timeout'], complete, { status: 'failed', code: 'timeout' }],
    ['a refusal after a failure', ['timeout', 'access_denied'], complete, { status: 'failed', code: 'timeout' }],
    [
      'a region that turns out to be off after a refusal',
      ['access_denied'],
      { ...TASK, status: 'skipped', reason: 'off' },
      { status: 'denied', code: 'access_denied' },
    ],
    [
      'a last part that was refused after one that failed',
      ['timeout'],
      { ...TASK, status: 'denied', code: 'access_denied', reason: 'no' },
      { status: 'failed', code: 'timeout' },
    ],
  ])('is as bad as its worst gap: %s', (_what, gaps, row, expected) => {
    const progress = new Progress(aCell());
    for (const code of gaps) progress.gap(aGap(code), TASK);
    progress.covered(row);
    expect(progress.coverage).toEqual([{ ...TASK, ...expected }]);
  });

  it('remembers over a part what went wrong in the one before, and for that task only', () => {
    const progress = new Progress(aCell());
    progress.resume({ status: 'denied', code: 'access_denied' });
    progress.covered(complete);
    progress.covered({ ...complete, region: 'eu-west-1' });
    expect(progress.coverage.map(({ status }) => status)).toEqual(['denied', 'complete']);
  });

  it('is partial, with the way out, where a removal is held', () => {
    const progress = new Progress(aCell());
    progress.covered(complete);
    progress.removed({ held: true, would_remove: 22, holds: 30, removed: 0, changed: 0, wrote: false });
    expect(progress.outcome()).toBe('partial');
    expect(progress.result(0).errors).toMatchObject([
      {
        code: 'removal_held',
        message: '22 of 30 would be removed',
        remedy: expect.stringContaining(`run-1 aws_iam:${ONE}`),
      },
    ]);
  });

  it('adds up over parts', () => {
    const counts = { added: 1, changed: 1, removed: 0, unchanged: 1 };
    const progress = new Progress(aCell({ counts, observed: 3, api_calls: 10, coverage: [complete] }));
    progress.applied({ counts, wrote: false, observed: 3 });
    progress.removed({ held: false, would_remove: 2, holds: 9, removed: 1, changed: 1, wrote: true });
    expect(progress.result(5)).toEqual({
      coverage: [complete],
      counts: { added: 2, changed: 3, removed: 1, unchanged: 2 },
      wrote: true,
      observed: 6,
      errors: [],
      api_calls: 15,
    });
  });

  it.each([
    [1, false],
    [2, true],
  ])('says that something was written where attempt %i cannot know: %s', (attempt, wrote) => {
    expect(new Progress(aCell({ attempt })).result(0).wrote).toBe(wrote);
  });
});
