import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/kernel/failures.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { RUN_FINISHED } from '../../src/runs/run.ts';
import { aNode, anEdge, aRoleRef } from '../inventory/builders.ts';
import { aHub, type HubGiven } from './a-hub.ts';
import { aCell, aPlannedRun, at, MANAGEMENT, ONE, START } from './builders.ts';

const ROLE = aNode(aRoleRef('reader'));
const SCRIPT = { 'aws_iam.one/global': { sees: [ROLE, aNode(aRoleRef('writer'))] } };

/** A planned run with one cell, waiting. */
function aHubWith(cell: Partial<Cell> = {}, given: HubGiven = {}) {
  const hub = aHub({ script: SCRIPT, ...given });
  hub.put(aPlannedRun(), [aCell(cell)]);
  return hub;
}
const roles = async (hub: ReturnType<typeof aHub>) =>
  (await hub.inventory.entities()).filter(({ retired_at }) => !retired_at).map(({ display_name }) => display_name);

afterEach(() => {
  vi.useRealTimers();
});

describe('a cell', () => {
  it('looks, writes what it saw, ends, and closes the run as its last', async () => {
    const hub = aHubWith();
    expect(await hub.collect(aCell())).toBe('done');
    expect((await roles(hub)).toSorted()).toEqual(['reader', 'writer']);
    expect(hub.cells()).toEqual([
      {
        ...aCell(),
        status: 'succeeded',
        attempt: 1,
        coverage: [
          { collector: 'aws_iam.one', region: 'global', status: 'complete' },
          { collector: 'aws_iam.two', region: 'global', status: 'complete' },
        ],
        counts: { added: 2, changed: 0, removed: 0, unchanged: 0 },
        wrote: true,
        observed: 2,
        api_calls: 2,
        worked: { seconds: 0, gb_seconds: 0 },
        started_at: at(0),
        finished_at: at(0),
      },
    ]);
    expect(hub.run()?.status).toBe('succeeded');
    expect(hub.moved).toMatchObject([{ kind: 'audit' }, { detail_type: RUN_FINISHED, detail: { wrote: true } }]);
  });

  it('enters its account with the external id of its instance, under a name that tells the run', async () => {
    const hub = aHubWith();
    await hub.collect(aCell());
    expect(hub.source.opened).toEqual([
      {
        category: 'aws_iam',
        account_id: ONE,
        regions: ['eu-west-1'],
        external_id: 'throughline-0123',
        session_name: 'throughline-run-1',
      },
    ]);
    expect(hub.source.open()).toBe(0);
  });

  it('that discovers has the rest of the run planned when it ends', async () => {
    const cell = aCell({ category: 'aws_organizations', account_id: MANAGEMENT });
    const hub = aHub();
    hub.put({ ...aPlannedRun(), status: 'running' }, [cell]);
    await hub.collect(cell);
    expect(hub.plans).toMatchObject([{ run_id: 'run-1' }]);
  });

  it('of a second run of an unchanged estate writes nothing, and says so', async () => {
    const hub = aHubWith();
    await hub.collect(aCell());
    const before = await hub.inventory.entities();
    const again = aCell({ run_id: 'run-2', run_seq: 2 });
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [again]);
    await hub.collect(again);
    expect(await hub.inventory.entities()).toEqual(before);
    expect(hub.cells()[1]).toMatchObject({ wrote: false, counts: { unchanged: 2, added: 0 } });
    expect(hub.moved.at(-1)).toMatchObject({ detail: { wrote: false } });
  });

  it('removes what it saw no more, but nothing of a task that was refused', async () => {
    const hub = aHubWith();
    await hub.collect(aCell());
    const again = (n: number) => aCell({ run_id: `run-${n}`, run_seq: n });
    hub.state.script = {
      'aws_iam.one/global': {
        sees: [ROLE, { kind: 'gap', code: 'access_denied', action: 'iam:ListRoles', message: 'no' }],
        row: { status: 'denied', code: 'access_denied' },
      },
    };
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [again(2)]);
    await hub.collect(again(2));
    expect(await roles(hub)).toHaveLength(2);
    expect(hub.cells()[1]).toMatchObject({
      status: 'partial',
      errors: [{ code: 'access_denied', action: 'iam:ListRoles' }],
    });
    hub.state.script = { 'aws_iam.one/global': { sees: [ROLE] } };
    hub.put(aPlannedRun({ _id: 'run-3', seq: 3 }), [again(3)]);
    await hub.collect(again(3));
    expect(await roles(hub)).toEqual(['reader']);
    expect(hub.cells()[2]).toMatchObject({ status: 'succeeded', counts: { removed: 1 }, wrote: true });
  });
});

describe('a source that does not let us in', () => {
  const refuse = () =>
    new AppError('assume_role_denied', 'not allowed to enter', { details: { role_name: 'throughline-spoke' } });

  it('fails the cell with the remedy filled in, and the run goes on', async () => {
    const hub = aHubWith({}, { refuse });
    expect(await hub.collect(aCell())).toBe('done');
    expect(hub.cell(`aws_iam:${ONE}`)).toMatchObject({
      status: 'failed',
      coverage: [
        { collector: 'aws_iam.one', status: 'failed', code: 'assume_role_denied' },
        { collector: 'aws_iam.two', status: 'failed', code: 'assume_role_denied' },
      ],
      errors: [
        {
          code: 'assume_role_denied',
          message: 'not allowed to enter',
          remedy: expect.stringMatching(new RegExp(`account ${ONE}.*the role throughline-spoke exists`)),
          responsible: 'AWS account owner',
        },
      ],
    });
    expect(hub.run()?.status).toBe('failed');
  });

  it('removes nothing', async () => {
    let refused = false;
    const hub = aHubWith({}, { refuse: () => (refused ? refuse() : undefined) });
    await hub.collect(aCell());
    refused = true;
    const again = aCell({ run_id: 'run-2', run_seq: 2 });
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [again]);
    await hub.collect(again);
    expect(await roles(hub)).toHaveLength(2);
  });
});

describe('a bug', () => {
  it('surfaces as itself, closes the source and lets the next attempt have the head', async () => {
    const hub = aHubWith({}, { refuse: () => new TypeError('undefined is not a function') });
    await expect(hub.collect(aCell())).rejects.toThrow(TypeError);
    expect(hub.cell(`aws_iam:${ONE}`)).toMatchObject({ status: 'running', attempt: 1, errors: [] });
    expect(hub.source.open()).toBe(0);
    hub.clock.pass(61);
    await expect(hub.collect(aCell())).rejects.toThrow(TypeError);
    expect(hub.cell(`aws_iam:${ONE}`)).toMatchObject({ attempt: 2 });
  });

  it('in the middle of a task closes the source too', async () => {
    let asked = 0;
    const hub = aHubWith(
      {},
      {
        step: async (operation) => {
          if (operation === 'ask the source') asked += 1;
          if (asked === 2) throw new RangeError('a bug');
        },
      },
    );
    await expect(hub.collect(aCell())).rejects.toThrow(RangeError);
    expect(hub.source.open()).toBe(0);
  });

  it('that killed three workers is not tried a fourth time: the cell fails as worker_lost', async () => {
    const hub = aHubWith({ attempt: 3 });
    expect(await hub.collect(aCell())).toBe('done');
    expect(hub.source.opened).toEqual([]);
    expect(hub.cell(`aws_iam:${ONE}`)).toMatchObject({
      status: 'failed',
      // Whether the dead ones wrote cannot be known.
      wrote: true,
      errors: [{ code: 'worker_lost', responsible: 'Throughline operator' }],
    });
    expect(hub.run()?.status).toBe('failed');
  });

  it('may kill two, and the third still tries', async () => {
    const hub = aHubWith({ attempt: 2 });
    await hub.collect(aCell());
    expect(hub.cell(`aws_iam:${ONE}`)?.status).toBe('succeeded');
  });
});

describe('a later run of the same cell', () => {
  const later = aCell({ run_id: 'run-2', run_seq: 2 });

  it('waits while the earlier one writes', async () => {
    const hub = aHubWith();
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [later]);
    const first = hub.collect(aCell());
    expect(await hub.collect(later)).toBe('busy');
    expect(await first).toBe('done');
    expect(await hub.collect(later)).toBe('done');
  });

  it('supersedes the earlier one: it ends, asks nothing, and its run is not succeeded', async () => {
    const hub = aHubWith();
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [later]);
    await hub.collect(later);
    expect(await hub.collect(aCell())).toBe('superseded');
    expect(hub.source.opened).toHaveLength(1);
    expect(hub.cell(aCell().key)).toMatchObject({ status: 'superseded', wrote: false, coverage: [] });
    expect(hub.run()).toMatchObject({ status: 'failed', evidence_completeness: { [aCell().key]: 'not_attempted' } });
    expect(hub.run()?.errors).toMatchObject([
      { code: 'superseded', account_id: aCell().account_id, remedy: expect.stringContaining('Nothing is lost') },
    ]);
  });

  it('finds what a dead attempt of the earlier one wrote: that one says so, so that a stitch follows', async () => {
    const hub = aHubWith({ status: 'running', owner: 'dead', lease_until: at(0), attempt: 1 });
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [later]);
    hub.clock.pass(1);
    await hub.collect(later);
    await hub.collect(aCell());
    expect(hub.cell(aCell().key)).toMatchObject({ status: 'superseded', wrote: true });
    expect(hub.moved.at(-1)).toMatchObject({ detail: { run_id: 'run-1', wrote: true } });
  });
});

describe('a worker that loses its lease in the middle', () => {
  it('writes nothing more, and leaves the cell to whoever has it now', async () => {
    vi.useFakeTimers({ now: START });
    let asked = 0;
    const hub = aHubWith(
      {},
      {
        script: { 'aws_iam.one/global': { sees: [ROLE, anEdge(aRoleRef('other'), aRoleRef('reader'))] } },
        step: async (operation) => {
          if (operation !== 'ask the source') return;
          asked += 1;
          if (asked !== 2) return;
          // It stands still for two minutes; the tick gives the cell to somebody else.
          hub.clock.pass(120);
          const [cell] = hub.cells();
          if (cell) hub.put(aPlannedRun(), [{ ...cell, owner: 'successor', lease_until: at(180) }]);
          await vi.advanceTimersByTimeAsync(120_000);
        },
      },
    );
    await expect(hub.collect(aCell())).rejects.toThrow('no longer ours');
    expect(await hub.inventory.entities()).toEqual([]);
    expect(await hub.inventory.edges()).toEqual([]);
    expect(hub.cells()).toMatchObject([{ status: 'running', owner: 'successor', errors: [], coverage: [] }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says with every beat how far it is, and what is left of it counts for the calls', async () => {
    vi.useFakeTimers({ now: START });
    const told: unknown[] = [];
    const hub = aHubWith(
      {},
      {
        script: { 'aws_iam.one/global': { sees: [ROLE, ROLE, { kind: 'checkpoint', cursor: 'p' }, ROLE] } },
        step: async (operation) => {
          if (operation !== 'ask the source') return;
          hub.clock.pass(15);
          await vi.advanceTimersByTimeAsync(15_000);
          told.push(hub.cell(aCell().key)?.under_way);
        },
      },
    );
    expect(await hub.collect(aCell(), { part_size: 1, memory_mb: 1_024 })).toBe('continued');
    expect(told).toEqual([
      { api_calls: 0, observed: 0 },
      { api_calls: 1, observed: 0 },
      { api_calls: 2, observed: 0 },
    ]);
    expect(hub.cell(aCell().key)).toMatchObject({
      api_calls: 3,
      observed: 2,
      worked: { seconds: 45, gb_seconds: 45 },
    });
    expect(hub.cell(aCell().key)).not.toHaveProperty('under_way');
  });

  it('says with every beat that it is alive, so that its message stays hidden', async () => {
    vi.useFakeTimers({ now: START });
    const alive = vi.fn(async () => undefined);
    const hub = aHubWith(
      {},
      {
        step: async (operation) => {
          if (operation !== 'ask the source') return;
          hub.clock.pass(45);
          await vi.advanceTimersByTimeAsync(45_000);
        },
      },
    );
    expect(await hub.collect(aCell(), { alive })).toBe('done');
    expect(alive).toHaveBeenCalledTimes(6);
    expect(vi.getTimerCount()).toBe(0);
  });
});
