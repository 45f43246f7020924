import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_CHANGES } from '../../src/inventory/counts.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { finishRun } from '../../src/runs/finish-run.ts';
import { NEXT_STATUS, RUN_FINISHED, type RunStatus } from '../../src/runs/run.ts';
import { aCell, aPlannedRun, aRun, START, TENANCY } from './builders.ts';
import { memoryCells, memoryRuns, type Step } from './memory-runs.ts';

/** Runs and cells of which every operation waits for its turn. */
function aStage(cells: readonly Cell[], step?: Step) {
  const run_store = memoryRuns(step);
  const cell_store = memoryCells(step);
  for (const cell of cells) cell_store.documents.set(cell._id, cell);
  run_store.documents.set('run-1', aPlannedRun());
  const deps = { runs: run_store.runs, cells: cell_store.cells, now: () => START };
  return {
    deps,
    run: () => run_store.documents.get('run-1'),
    moved: run_store.moved,
    finish: () => finishRun(deps, TENANCY, 'run-1'),
    set: run_store.documents.set.bind(run_store.documents),
  };
}

describe('closing a run', () => {
  it('waits for its last cell', async () => {
    const stage = aStage([aCell({ status: 'succeeded' }), aCell({ category: 'aws_s3', status: 'running' })]);
    expect(await stage.finish()).toBeUndefined();
    expect(stage.run()).toEqual(aPlannedRun());
  });

  it('waits until every cell has been planned', async () => {
    const stage = aStage([aCell({ status: 'succeeded' })]);
    stage.set('run-1', aRun({ status: 'running' }));
    expect(await stage.finish()).toBe('running');
    expect(stage.run()).toEqual(aRun({ status: 'running' }));
  });

  it('tells its status, and what must follow has left the outbox', async () => {
    const stage = aStage([aCell({ status: 'succeeded', wrote: true })]);
    expect(await stage.finish()).toBe('succeeded');
    expect(stage.run()).toMatchObject({ status: 'succeeded', outbox: [] });
    expect(stage.moved).toMatchObject([
      { kind: 'audit', event: { action: 'scan_run.finished' } },
      { kind: 'signal', detail_type: RUN_FINISHED, detail: { wrote: true } },
    ]);
  });

  it('again changes nothing and tells nothing', async () => {
    const stage = aStage([aCell({ status: 'failed' })]);
    await stage.finish();
    const before = stage.run();
    expect(await stage.finish()).toBe('failed');
    expect(stage.run()).toEqual(before);
    expect(stage.moved).toHaveLength(2);
  });

  it('of somebody else does nothing', async () => {
    const stage = aStage([]);
    expect(await finishRun(stage.deps, { ...TENANCY, tenant_id: 'acme' }, 'run-1')).toBeUndefined();
    expect(stage.run()).toEqual(aPlannedRun());
  });

  it('counts only cells that have ended, though cells were planned after it had counted the open ones', async () => {
    const stage = aStage([aCell({ status: 'succeeded' })]);
    const { hasOpen } = stage.deps.cells;
    const late: typeof hasOpen = async (tenant, run_id) => {
      const open = await hasOpen(tenant, run_id);
      await stage.deps.cells.addMissing([aCell({ category: 'aws_s3' })]);
      return open;
    };
    const deps = { ...stage.deps, cells: { ...stage.deps.cells, hasOpen: late } };
    expect(await finishRun(deps, TENANCY, 'run-1')).toBe('running');
    expect(stage.run()).toEqual(aPlannedRun());
  });
});

describe('whatever the order in which workers end their cells', () => {
  const RESULT = { coverage: [], counts: NO_CHANGES, wrote: true, observed: 1, errors: [], api_calls: 1 };
  const anEnd = fc.constantFrom<Cell['status']>('succeeded', 'partial', 'failed', 'superseded');

  it('a run closes exactly once, and never to what it is not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(anEnd, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (scheduler, ends, deliveries) => {
          const step = scheduler.scheduleFunction(async (_operation: string) => undefined);
          const cells = ends.map((_, index) => aCell({ account_id: String(index).padStart(12, '0') }));
          const stage = aStage(cells, step);
          const seen: RunStatus[] = [];
          const { finishOnce } = stage.deps.runs;
          let closed = 0;
          const watched: typeof finishOnce = async (tenant, run_id, outcome) => {
            const before = stage.run()?.status;
            const won = await finishOnce(tenant, run_id, outcome);
            if (won) closed += 1;
            const after = stage.run()?.status;
            if (before && after && before !== after) expect(NEXT_STATUS[before]).toContain(after);
            if (after) seen.push(after);
            return won;
          };
          const deps = { ...stage.deps, runs: { ...stage.deps.runs, finishOnce: watched } };

          /** Ends a cell if it can be had, and closes the run, as whoever gets the message does. */
          const deliver = async (cell: Cell, status: Cell['status'], owner: string): Promise<void> => {
            const claim = { owner, now: START.toISOString(), lease_until: '2099-01-01T00:00:00.000Z' };
            const held = await deps.cells.take(cell, claim);
            if (held) await deps.cells.finish(held, RESULT, status, START.toISOString());
            await finishRun(deps, TENANCY, 'run-1');
          };
          const all = cells.flatMap((cell, index) =>
            Array.from({ length: deliveries }, (_, n) => deliver(cell, ends[index] ?? 'failed', `${index}-${n}`)),
          );
          await scheduler.waitFor(Promise.all(all));

          expect(closed).toBe(1);
          const whole = ends.every((end) => end === 'succeeded');
          const nothing = !ends.some((end) => end === 'succeeded' || end === 'partial');
          expect(stage.run()).toMatchObject({
            status: whole ? 'succeeded' : nothing ? 'failed' : 'partial',
            totals: { cells: ends.length },
            outbox: [],
          });
          expect(new Set(seen.filter((status) => status !== 'running')).size).toBe(1);
          expect(new Set(stage.moved.map(({ id }) => id)).size).toBe(2);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('a worker killed anywhere leaves a run that the next one closes, and the signal is not lost', async () => {
    for (let operations = 0; operations < 12; operations += 1) {
      let left = operations;
      const stage = aStage([aCell({ status: 'partial' })], async () => {
        if (left === 0) throw new Error('killed');
        left -= 1;
      });
      const killed = await stage.finish().then(
        () => false,
        () => true,
      );
      left = Number.POSITIVE_INFINITY;
      await stage.finish();
      // The tick goes over outboxes that were not emptied.
      for (const { _id } of await stage.deps.runs.withOutbox(10)) await stage.deps.runs.flushOutbox(TENANCY, _id);
      expect(stage.run()).toMatchObject({ status: 'partial', outbox: [] });
      expect(new Set(stage.moved.map(({ id }) => id)).size).toBe(2);
      if (!killed) return;
    }
    throw new Error('it was to end within these operations');
  });
});
