import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/runs/cell.ts';
import { collectCell } from '../../src/runs/collect-cell.ts';
import { aHub } from './a-hub.ts';
import { aCell, aPlannedRun, at, ONE, START } from './builders.ts';

/** A planned run with one cell. */
function aHubWith(cell: Partial<Cell> = {}) {
  const hub = aHub();
  hub.put(aPlannedRun(), [aCell(cell)]);
  return hub;
}

describe('a message', () => {
  const message = { tenant_id: 'enterprise-nimbus', workspace_id: 'platform', run_id: 'run-1', part: 0, send_no: 0 };
  const worker = { owner: 'w', alive: async () => undefined, deadline: START, part_size: 1, memory_mb: 512 };

  it.each([
    ['another tenant', { ...message, tenant_id: 'acme', cell_id: aCell()._id }],
    ['another workspace', { ...message, workspace_id: 'payments', cell_id: aCell()._id }],
    ['a run that is not', { ...message, run_id: 'run-9', cell_id: aCell()._id }],
    ['a cell that is not', { ...message, cell_id: 'run-1/nothing' }],
    ['a cell of another run', { ...message, cell_id: 'run-2/aws_iam:1' }],
  ])('that names %s is foreign, and nothing is asked or written', async (_what, foreign) => {
    const hub = aHubWith();
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [aCell({ run_id: 'run-2', key: 'aws_iam:1' })]);
    const before = hub.cells();
    await expect(collectCell(hub.deps, foreign, worker)).rejects.toMatchObject({ code: 'foreign_message' });
    expect([hub.cells(), hub.source.opened]).toEqual([before, []]);
  });

  it('of an instance that is gone is foreign', async () => {
    const hub = aHubWith({ instance_id: 'instance-9' });
    await expect(hub.collect(aCell())).rejects.toMatchObject({ code: 'foreign_message' });
  });

  it('that comes after the cell has ended changes nothing, but sees to it that the run is closed', async () => {
    const hub = aHubWith({ status: 'succeeded' });
    expect(await hub.collect(aCell())).toBe('stale');
    expect([hub.cells(), hub.source.opened]).toEqual([[aCell({ status: 'succeeded' })], []]);
    expect(hub.run()?.status).toBe('succeeded');
    expect(await hub.collect(aCell())).toBe('stale');
    expect(hub.moved).toHaveLength(2);
  });

  it('of an earlier part does nothing', async () => {
    const hub = aHubWith({ part: 2 });
    expect(await hub.collect(aCell({ part: 1 }))).toBe('stale');
    expect(hub.source.opened).toEqual([]);
  });

  it('of a run that is over does nothing', async () => {
    const hub = aHub();
    hub.put(aPlannedRun({ status: 'cancelled' }), [aCell()]);
    expect(await hub.collect(aCell())).toBe('stale');
    expect(hub.source.opened).toEqual([]);
  });

  it('that comes twice at once is worked on once: the other is told to come again', async () => {
    const hub = aHubWith();
    const outcomes = await Promise.all([hub.collect(aCell()), hub.collect(aCell()), hub.collect(aCell())]);
    expect(outcomes.toSorted()).toEqual(['busy', 'busy', 'done']);
    expect(hub.source.opened).toHaveLength(1);
    expect(await hub.collect(aCell())).toBe('stale');
  });

  it('whose worker died finds the cell busy until the lease is over', async () => {
    const hub = aHubWith({ status: 'running', owner: 'dead', lease_until: at(60), attempt: 1 });
    hub.clock.pass(60);
    expect(await hub.collect(aCell())).toBe('busy');
    hub.clock.pass(1);
    expect(await hub.collect(aCell())).toBe('done');
    expect(hub.cell(`aws_iam:${ONE}`)).toMatchObject({ status: 'succeeded', attempt: 2, wrote: true });
  });
});
