import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/runs/cell.ts';
import { repairRuns } from '../../src/runs/repair-runs.ts';
import { RUN_FINISHED, type ScanRun } from '../../src/runs/run.ts';
import { runOutcome } from '../../src/runs/run-outcome.ts';
import { aCell, aClock, aPlannedRun, aRun, at, START, TENANCY, TWO } from './builders.ts';
import { memoryCells, memoryRuns } from './memory-runs.ts';

/** A hub in some state, gone over by the tick so many seconds after the runs were made. */
async function repaired(
  runs: readonly ScanRun[],
  cells: readonly Cell[],
  seconds: number,
  takes: (cell: Cell) => boolean = () => true,
) {
  const run_store = memoryRuns();
  const cell_store = memoryCells();
  for (const run of runs) run_store.documents.set(run._id, run);
  for (const cell of cells) cell_store.documents.set(cell._id, cell);
  const clock = aClock();
  clock.pass(seconds);
  const sent: Cell[] = [];
  const planned: string[] = [];
  const deps = {
    runs: run_store.runs,
    cells: cell_store.cells,
    enqueueCells: async (batch: readonly Cell[]) => {
      const taken = batch.filter(takes);
      sent.push(...taken);
      return taken.map(({ _id }) => _id);
    },
    enqueuePlan: async (run: ScanRun) => {
      planned.push(run._id);
    },
    now: clock.now,
  };
  await repairRuns(deps);
  return {
    sent: sent.map(({ key, send_no }) => [key, send_no]),
    planned,
    moved: run_store.moved,
    run: (id = 'run-1') => run_store.documents.get(id),
    cell: (cell = aCell()) => cell_store.documents.get(cell._id),
    again: () => repairRuns(deps),
    all_sent: sent,
  };
}

describe('a run whose messages were lost', () => {
  it('is left alone for half a minute: with a tick each minute what was lost is found within two', async () => {
    const { sent, planned } = await repaired([aRun(), aPlannedRun({ _id: 'run-2' })], [aCell({ run_id: 'run-2' })], 30);
    expect([sent, planned]).toEqual([[], []]);
  });

  it('is planned again where nothing was planned yet', async () => {
    expect((await repaired([aRun()], [], 31)).planned).toEqual(['run-1']);
  });

  it('is planned again where discovery has ended and nobody went on', async () => {
    const over = aCell({ category: 'aws_organizations', status: 'succeeded' });
    expect((await repaired([aRun({ status: 'running' })], [over], 61)).planned).toEqual(['run-1']);
  });

  it('is not planned while discovery is going on', async () => {
    const going = aCell({ category: 'aws_organizations', status: 'running', lease_until: at(100) });
    expect((await repaired([aRun({ status: 'running' })], [going], 61)).planned).toEqual([]);
  });

  it('is planned again where every account has told its regions, and not while one is still asked', async () => {
    const over = aCell({ category: 'aws_regions', status: 'succeeded' });
    const going = aCell({ category: 'aws_regions', account_id: TWO, status: 'running', lease_until: at(100) });
    expect((await repaired([aRun({ status: 'running' })], [over, going], 61)).planned).toEqual([]);
    expect((await repaired([aRun({ status: 'running' })], [over], 61)).planned).toEqual(['run-1']);
  });

  it('is not looked after any more when it is over', async () => {
    const over = aPlannedRun({ status: 'partial' });
    const { sent, planned, run } = await repaired([over], [aCell()], 999);
    expect([sent, planned, run()]).toEqual([[], [], over]);
  });
});

describe('a cell', () => {
  it('that was written and never sent is sent, under a number of its own: who died before noting it may have sent it', async () => {
    const { sent, cell } = await repaired([aPlannedRun()], [aCell()], 31);
    expect(sent).toEqual([[aCell().key, 1]]);
    expect(cell()).toMatchObject({ status: 'waiting', sent_at: at(31), send_no: 1 });
  });

  it('that the queue did not take stays unsent, and is sent by the next tick', async () => {
    let takes = false;
    const { cell, again, all_sent } = await repaired([aPlannedRun()], [aCell()], 61, () => takes);
    expect(cell()).toEqual(aCell({ send_no: 1 }));
    takes = true;
    await again();
    expect(all_sent).toHaveLength(1);
  });

  it('whose message is on its way is not sent again before a quarter of an hour', async () => {
    const waiting = aCell({ sent_at: at(0) });
    expect((await repaired([aPlannedRun()], [waiting], 900)).sent).toEqual([]);
    // Under another number: the queue must not take it for the first.
    expect((await repaired([aPlannedRun()], [waiting], 901)).sent).toEqual([[aCell().key, 1]]);
  });

  it('whose worker is gone waits and is sent again', async () => {
    // A living worker's lease never has so little left: three of its beats were missed.
    const dead = aCell({ status: 'running', owner: 'one', lease_until: at(60), attempt: 1, sent_at: at(0) });
    const { sent, cell } = await repaired([aPlannedRun()], [dead], 41);
    expect(sent).toEqual([[aCell().key, 1]]);
    expect(cell()).toMatchObject({ status: 'waiting', attempt: 1 });
    expect(cell()).not.toHaveProperty('owner');
  });

  it('whose worker lives is left to it', async () => {
    const alive = aCell({ status: 'running', owner: 'one', lease_until: at(61), attempt: 1 });
    expect((await repaired([aPlannedRun()], [alive], 41)).cell()).toEqual(alive);
  });
});

describe('a run whose last worker died before it could close it', () => {
  it('is closed', async () => {
    const cells = [aCell({ status: 'succeeded', wrote: true }), aCell({ account_id: TWO, status: 'failed' })];
    const { run, moved } = await repaired([aPlannedRun()], cells, 61);
    expect(run()).toMatchObject({ status: 'partial', outbox: [] });
    expect(moved).toMatchObject([{ kind: 'audit' }, { kind: 'signal', detail_type: RUN_FINISHED }]);
  });

  it('and before what must follow had left is still told, however long ago', async () => {
    const { outbox, ...fields } = runOutcome(aPlannedRun(), [aCell({ status: 'succeeded' })], START);
    const { run, moved } = await repaired([aPlannedRun({ ...fields, outbox })], [], 999_999);
    expect(moved.map(({ id }) => id)).toEqual(outbox.map(({ id }) => id));
    expect(run()?.outbox).toEqual([]);
  });
});

describe('going over runs', () => {
  it('again changes nothing when nothing was missing', async () => {
    const hub = await repaired([aPlannedRun()], [aCell(), aCell({ account_id: TWO, status: 'succeeded' })], 61);
    const [run, cell] = [hub.run(), hub.cell()];
    await hub.again();
    expect([hub.run(), hub.cell(), hub.all_sent.length]).toEqual([run, cell, 1]);
  });

  it('mends the others where one cannot be mended, and fails all the same', async () => {
    const runs = [aRun(), aRun({ _id: 'run-2', seq: 2 })];
    const planned: string[] = [];
    const run_store = memoryRuns();
    for (const run of runs) run_store.documents.set(run._id, run);
    const clock = aClock();
    clock.pass(61);
    const mending = repairRuns({
      runs: run_store.runs,
      cells: memoryCells().cells,
      enqueueCells: async () => [],
      enqueuePlan: async ({ _id }) => {
        if (_id === 'run-1') throw new Error('no');
        planned.push(_id);
      },
      now: clock.now,
    });
    await expect(mending).rejects.toThrow('1 runs could not be mended');
    expect(planned).toEqual(['run-2']);
  });

  it('looks after those of every tenant', async () => {
    const acme = { ...TENANCY, tenant_id: 'acme' };
    const runs = [aPlannedRun(), aPlannedRun({ ...acme, _id: 'run-2' })];
    const { sent } = await repaired(runs, [aCell(), aCell({ ...acme, run_id: 'run-2', account_id: TWO })], 61);
    expect(sent).toHaveLength(2);
  });
});
