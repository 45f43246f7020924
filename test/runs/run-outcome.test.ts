import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/kernel/failures.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { cellError } from '../../src/runs/cell-errors.ts';
import { estimatedCost, LIST_PRICES } from '../../src/runs/run-cost.ts';
import { MOST_ERRORS, runOutcome } from '../../src/runs/run-outcome.ts';
import { aCell, aPlannedRun, at, START } from './builders.ts';

const outcomeOf = (cells: Iterable<Cell>, given = {}) => runOutcome(aPlannedRun(given), cells, START);
const account = (index: number): string => String(index).padStart(12, '0');

/** A thousand accounts with twelve categories each, of which everything fails, with as long a story as there is. */
function* allFailing(): Generator<Cell> {
  const story = 'User: arn:aws:sts::111111111111:assumed-role/collector is not authorized '.repeat(20);
  for (let index = 0; index < 12_000; index += 1) {
    const account_id = account(Math.floor(index / 12));
    const error = cellError('assume_role_denied', story, { account_id, role_name: 'SecurityV0ReadOnly' });
    const rare = cellError('timeout', story, { account_id });
    const errors = index === 11_999 ? [error, rare] : [error];
    yield aCell({ account_id, category: `aws_category_${index % 12}`, status: 'failed', errors });
  }
}

describe('a run of 12,000 cells that all fail', () => {
  const { outbox, ...facts } = outcomeOf(allFailing());

  it('keeps its document under the 16 MB of MongoDB, and an answer under the 6 MB of a function', () => {
    const document = { ...aPlannedRun(), ...facts, outbox };
    expect(BSON.calculateObjectSize(document)).toBeLessThan(3 * 1024 * 1024);
    expect(JSON.stringify(document).length).toBeLessThan(3 * 1024 * 1024);
  });

  it('is truthful: every cell has its evidence, every failure is counted, and what was left out is stated', () => {
    expect(facts.status).toBe('failed');
    expect(Object.keys(facts.evidence_completeness)).toHaveLength(12_000);
    expect(facts.totals).toMatchObject({ cells: 12_000, cells_by_status: { failed: 12_000 }, errors: 12_001 });
    expect(facts.errors).toHaveLength(MOST_ERRORS);
    expect(facts.errors_omitted).toBe(12_001 - MOST_ERRORS);
  });

  it('keeps a kind of failure that is rare', () => {
    expect(facts.errors.filter(({ code }) => code === 'timeout')).toHaveLength(1);
  });
});

describe('the errors of a run', () => {
  it('are apart for each code, category and account', () => {
    const error = cellError('throttled', 'slow down', {});
    const cells = ['aws_iam', 'aws_s3'].flatMap((category) =>
      [1, 2].map((index) =>
        aCell({
          category,
          account_id: account(index),
          status: 'failed',
          errors: [error, cellError('timeout', 'x', {})],
        }),
      ),
    );
    const { errors, evidence_completeness, errors_omitted } = outcomeOf(cells);
    expect(new Set(errors.map((row) => [row.code, row.service_category, row.account_id].join())).size).toBe(8);
    expect(Object.keys(evidence_completeness)).toHaveLength(4);
    expect(errors_omitted).toBeUndefined();
  });

  it('are in the same order, whatever the order of the cells', () => {
    const cells = ERROR_CODES.map((code, index) =>
      aCell({ account_id: account(index), status: 'failed', errors: [cellError(code, 'x', {})] }),
    );
    expect(outcomeOf(cells.toReversed()).errors).toEqual(outcomeOf(cells).errors);
  });
});

describe('a run that was cancelled', () => {
  const cancel = { requested_by: 'ada', requested_at: at(0) };

  it('is cancelled, whatever its cells had come to, and says what they had', () => {
    for (const status of ['succeeded', 'partial', 'failed', 'cancelled'] as const) {
      const outcome = outcomeOf([aCell({ status, observed: 2, wrote: true })], { cancel });
      expect(outcome).toMatchObject({ status: 'cancelled', totals: { observed: 2, cells_by_status: { [status]: 1 } } });
      expect(outcome.outbox).toMatchObject([
        { event: { action: 'scan_run.finished', details: { status: 'cancelled' } } },
        { detail: { status: 'cancelled', wrote: true } },
      ]);
    }
  });

  it('may have written where it was pushed: that is applied before there is a cell', () => {
    const wrote = (given: object) => outcomeOf([], { cancel, ...given }).outbox[1];
    expect(wrote({ trigger: 'push' })).toMatchObject({ detail: { wrote: true } });
    expect(wrote({ trigger: 'manual' })).toMatchObject({ detail: { wrote: false } });
  });

  it('counts the calls that its workers had made', () => {
    const under_way = { api_calls: 7, observed: 9 };
    expect(outcomeOf([aCell({ status: 'cancelled', api_calls: 3, under_way })], { cancel }).api_calls).toBe(10);
  });
});

describe('what a run costs', () => {
  it('is memory x time of its workers, and the messages of its cells', () => {
    const worked = { seconds: 300, gb_seconds: 150 };
    const cell = aCell({ status: 'succeeded', attempt: 1, send_no: 1, worked });
    const messages = 2 * (LIST_PRICES.lambda_request + 4 * LIST_PRICES.sqs_fifo_request);
    const beats = 20 * LIST_PRICES.sqs_fifo_request;
    expect(outcomeOf([cell]).estimated_cost_usd).toBeCloseTo(150 * LIST_PRICES.lambda_gb_second + messages + beats, 6);
  });

  it('is nothing for cells that nobody had to look at', () => {
    expect(outcomeOf([aCell({ status: 'succeeded' })]).estimated_cost_usd).toBe(0);
    expect(estimatedCost({ messages: 0, seconds: 0, gb_seconds: 0 })).toBe(0);
  });

  it('is about half a dollar for 12,000 cells of five seconds', () => {
    const usd = estimatedCost({ messages: 12_000, seconds: 60_000, gb_seconds: 30_000 });
    expect(usd).toBeGreaterThan(0.3);
    expect(usd).toBeLessThan(0.6);
  });
});
