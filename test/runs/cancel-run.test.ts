import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CELL_STOPPED, cancelRun } from '../../src/runs/cancel-run.ts';
import { collectCell } from '../../src/runs/collect-cell.ts';
import { planMessage, RUN_FINISHED, type ScanRun } from '../../src/runs/run.ts';
import { aNode, aRoleRef } from '../inventory/builders.ts';
import { aHub, type Hub, type HubGiven } from './a-hub.ts';
import { aCell, aPlannedRun, aRun, at, START, TENANCY, TWO } from './builders.ts';

const BY = { requested_by: 'ada', request_id: 'request-1' };
const cancel = (hub: Hub, run: ScanRun = aRun()) => cancelRun(hub.deps, run, BY);
const told = (hub: Hub): readonly string[] =>
  hub.moved.map((entry) => (entry.kind === 'audit' ? entry.event.action : entry.detail_type));

describe('cancelling a run', () => {
  it('ends what waits, keeps what is over, and closes it with its totals, once', async () => {
    const hub = aHub();
    const over = aCell({ status: 'succeeded', observed: 3 });
    hub.put(aPlannedRun(), [over, aCell({ account_id: TWO })]);
    expect(await cancel(hub)).toMatchObject({
      status: 'cancelled',
      cancel: { requested_by: 'ada', requested_at: at(0) },
      totals: { cells: 2, cells_by_status: { succeeded: 1, cancelled: 1 }, observed: 3 },
      evidence_completeness: { [over.key]: 'complete', [`aws_iam:${TWO}`]: 'not_attempted' },
      finished_at: at(0),
    });
    expect(hub.cell(over.key)).toEqual(over);
    expect(told(hub)).toEqual(['scan_run.cancelled', 'scan_run.finished', RUN_FINISHED]);
    expect(hub.moved[0]).toMatchObject({ event: { actor: 'ada', request_id: 'request-1', target: 'run-1' } });
  });

  it('again, by somebody else, changes nothing', async () => {
    const hub = aHub();
    hub.put(aPlannedRun(), [aCell()]);
    const first = await cancel(hub);
    hub.clock.pass(9);
    expect(await cancelRun(hub.deps, aRun(), { requested_by: 'bob', request_id: 'request-2' })).toEqual(first);
    expect(told(hub)).toHaveLength(3);
  });

  it.each(['succeeded', 'partial', 'failed'] as const)('that is %s is a conflict', async (status) => {
    const hub = aHub();
    hub.put(aPlannedRun({ status }), []);
    await expect(cancel(hub)).rejects.toMatchObject({
      code: 'conflict',
      message: `run run-1 is over: it is ${status}`,
    });
    expect([hub.run()?.status, told(hub)]).toEqual([status, []]);
  });

  it('that nobody has planned closes it, and nobody plans it after that', async () => {
    const hub = aHub();
    hub.put(aRun());
    expect(await cancel(hub)).toMatchObject({ status: 'cancelled', totals: { cells: 0 } });
    expect(await hub.plan(aRun())).toBe('over');
    expect(hub.cells()).toEqual([]);
  });

  it('of another tenant is a conflict and changes nothing', async () => {
    const hub = aHub();
    hub.put(aPlannedRun(), [aCell()]);
    const foreign = { ...TENANCY, tenant_id: 'acme', _id: 'run-1' };
    await expect(cancelRun(hub.deps, foreign, BY)).rejects.toMatchObject({ code: 'conflict' });
    expect([hub.run(), hub.cells()]).toEqual([aPlannedRun(), [aCell()]]);
  });

  it('is done by the tick where whoever wished it died on the way, wherever', async () => {
    for (let operations = 0; operations < 30; operations += 1) {
      let left = operations;
      const hub = aHub({
        step: async () => {
          if (left === 0) throw new Error('killed');
          left -= 1;
        },
      });
      hub.put(aPlannedRun(), [aCell(), aCell({ account_id: TWO, status: 'succeeded' })]);
      const killed = await cancel(hub).then(
        () => false,
        () => true,
      );
      left = Number.POSITIVE_INFINITY;
      hub.clock.pass(61);
      const wished = hub.run()?.cancel !== undefined;
      if (wished) await hub.tick();
      expect(hub.run()?.status).toBe(wished ? 'cancelled' : 'running');
      if (wished) expect(new Set(told(hub)).size).toBe(3);
      if (!killed) return;
    }
    throw new Error('it was to end within these operations');
  });
});

describe('a run that is cancelled while a planner adds cells to it', () => {
  /** Cancels at the nth operation of a planner, then lets that go on. */
  async function cancelledAt(operation: number): Promise<{ hub: Hub; reached: boolean }> {
    let left = operation;
    let cancelling = false;
    const given: HubGiven = {
      step: async () => {
        if (cancelling || left < 0) return;
        left -= 1;
        if (left >= 0) return;
        cancelling = true;
        await cancel(hub).catch((error: unknown) => {
          // The run was not there to be cancelled any more.
          expect(error).toMatchObject({ code: 'conflict' });
        });
        cancelling = false;
      },
    };
    const hub: Hub = aHub(given);
    hub.put(aRun());
    await hub.plan(aRun());
    return { hub, reached: left < 0 };
  }

  it('is closed with no waiting cell, wherever the planner was', async () => {
    for (let operation = 0; operation < 60; operation += 1) {
      const { hub, reached } = await cancelledAt(operation);
      if (!reached) return;
      expect(hub.run()?.status).toBe('cancelled');
      expect(hub.cells().filter(({ status }) => status === 'waiting' || status === 'running')).toEqual([]);
      expect(hub.run()?.totals?.cells).toBe(hub.cells().length);
      // Messages that went out before change nothing, and no planner adds anything any more.
      const [run, cells] = [hub.run(), hub.cells()];
      for (const cell of cells) expect(await hub.collect(cell)).toBe('stale');
      expect(await hub.plan(aRun())).toBe('over');
      expect([hub.run(), hub.cells()]).toEqual([run, cells]);
    }
    throw new Error('the planner was to end within these operations');
  });

  it('is closed by the tick where the planner was killed, not before it can have written its last', async () => {
    const hub = aHub();
    const planning = { owner: 'dead', until: at(60) };
    hub.put(aRun({ status: 'running', planning }), [aCell()]);
    expect(await cancel(hub)).toMatchObject({ status: 'running', cancel: { requested_by: 'ada' } });
    // What the dead planner had sent off arrives.
    await hub.deps.cells.addMissing([aCell({ account_id: TWO })]);
    hub.clock.pass(60);
    await hub.tick();
    expect(hub.run()?.status).toBe('running');
    hub.clock.pass(1);
    await hub.tick();
    expect(hub.run()).toMatchObject({ status: 'cancelled', totals: { cells_by_status: { cancelled: 2 } } });
    expect(hub.run()).not.toHaveProperty('planning');
  });
});

describe('a worker whose cell was cancelled under it', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Works on a cell whose run is cancelled when the source has been asked so often; a beat of the lease passes right after. */
  async function underWay(asked: number, beats = 1) {
    let left = asked;
    let writes_after = 0;
    let cancelled = false;
    const hub: Hub = aHub({
      script: {
        'aws_iam.one/global': {
          sees: Array.from({ length: 1_500 }, (_, index) => aNode(aRoleRef(`role-${index}`))),
        },
      },
      step: async (operation) => {
        if (operation === 'use the inventory' && cancelled) writes_after += 1;
        if (operation !== 'ask the source' || left < 0) return;
        left -= 1;
        if (left >= 0) return;
        await cancel(hub);
        cancelled = true;
        hub.clock.pass(15 * beats);
        await vi.advanceTimersByTimeAsync(15_000 * beats);
      },
    });
    hub.put(aPlannedRun(), [aCell()]);
    const outcome = await hub.collect(aCell());
    return { hub, outcome, writes_after };
  }

  it('stops at the next beat of its lease, asks and writes nothing more, and ends without an error', async () => {
    const { hub, outcome, writes_after } = await underWay(1_200);
    expect(outcome).toBe('cancelled');
    // Only what it noted of its own look is thrown away.
    expect(writes_after).toBe(1);
    expect(await hub.inventory.entities()).toHaveLength(1_000);
    expect(hub.source.open()).toBe(0);
    expect(hub.cell(aCell().key)).toMatchObject({ status: 'cancelled', wrote: true });
    expect(hub.cell(aCell().key)).not.toHaveProperty('owner');
  });

  it('has a stitch follow, since it may have written after the run was told to be over', async () => {
    const { hub } = await underWay(1_200);
    expect(told(hub)).toEqual(['scan_run.cancelled', 'scan_run.finished', RUN_FINISHED, CELL_STOPPED]);
    expect(hub.moved.filter(({ kind }) => kind === 'signal')).toMatchObject([
      { detail: { wrote: true, status: 'cancelled' } },
      { detail: { wrote: true, run_id: 'run-1', ...TENANCY } },
    ]);
  });

  it('that was about to end its cell does not', async () => {
    const hub: Hub = aHub({
      step: async (operation) => {
        if (operation === 'finish cell' && !hub.run()?.cancel) await cancel(hub);
      },
    });
    hub.put(aPlannedRun(), [aCell()]);
    expect(await hub.collect(aCell())).toBe('cancelled');
    expect(hub.cell(aCell().key)).toMatchObject({ status: 'cancelled' });
    expect(hub.run()?.status).toBe('cancelled');
  });

  it('and who died over it is spoken for by the tick', async () => {
    const hub = aHub();
    const dead = aCell({ status: 'running', owner: 'dead', lease_until: at(60), attempt: 1 });
    hub.put(aPlannedRun(), [dead]);
    await cancel(hub);
    hub.clock.pass(60);
    await hub.tick();
    expect(told(hub)).not.toContain(CELL_STOPPED);
    hub.clock.pass(1);
    await hub.tick();
    await hub.tick();
    expect(told(hub).filter((what) => what === CELL_STOPPED)).toHaveLength(1);
  });

  it('but was taken over by another worker fails as before: that is no wish of anybody', async () => {
    const hub: Hub = aHub({
      step: async (operation) => {
        if (operation === 'finish cell') hub.put(aPlannedRun(), [aCell({ status: 'running', owner: 'other' })]);
      },
    });
    hub.put(aPlannedRun(), [aCell()]);
    await expect(hub.collect(aCell())).rejects.toThrow('no longer held');
  });
});

describe('an open cell of a run that is over', () => {
  it('was written by somebody who should have been stopped: its message ends it', async () => {
    const hub = aHub();
    hub.put(aPlannedRun({ status: 'cancelled', cancel: { requested_by: 'ada', requested_at: at(0) } }), [aCell()]);
    const worker = { owner: 'w', alive: async () => undefined, deadline: START, part_size: 1, memory_mb: 512 };
    const message = { ...planMessage(aRun()), cell_id: aCell()._id, part: 0 };
    expect(await collectCell(hub.deps, message, worker)).toBe('stale');
    expect(hub.cell(aCell().key)?.status).toBe('cancelled');
    expect(hub.source.opened).toEqual([]);
  });
});
