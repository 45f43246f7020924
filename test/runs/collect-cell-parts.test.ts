import { describe, expect, it, vi } from 'vitest';
import type { Gap, Observation } from '../../src/observations/observation.ts';
import type { Worker } from '../../src/runs/collect-cell.ts';
import { aNode, aRoleRef } from '../inventory/builders.ts';
import { aHub, type Hub } from './a-hub.ts';
import { aCell, aPlannedRun, ONE, START } from './builders.ts';

const KEY = `aws_iam:${ONE}`;
const role = (name: string): Observation => aNode(aRoleRef(name));
const checkpoint = (cursor: string): Observation => ({ kind: 'checkpoint', cursor });
const denied: Gap = { kind: 'gap', code: 'access_denied', action: 'iam:GetRole', item: 'x', message: 'no' };
const PAGES = [role('a'), role('b'), checkpoint('p1'), role('c'), checkpoint('p2'), role('d')];

function aHubThatSees(one: readonly Observation[], two: readonly Observation[] = []): Hub {
  const hub = aHub({ script: { 'aws_iam.one/global': { sees: one }, 'aws_iam.two/global': { sees: two } } });
  hub.put(aPlannedRun(), [aCell()]);
  return hub;
}

/** Delivers the messages of the cell, one part after the other, until it is over; gives how it went. */
async function toTheEnd(hub: Hub, worker: Partial<Worker>): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (let part = 0; part < 20; part += 1) {
    const cell = hub.cell(KEY);
    if (!cell) throw new Error('the cell is there');
    outcomes.push(await hub.collect(cell, worker));
    if (outcomes.at(-1) !== 'continued') return outcomes;
  }
  throw new Error('it was to end within twenty parts');
}

describe('a part', () => {
  it('ends at the first checkpoint after its size, saves where to go on, and sends the next', async () => {
    const hub = aHubThatSees(PAGES);
    expect(await hub.collect(aCell(), { part_size: 2 })).toBe('continued');
    expect(hub.cell(KEY)).toMatchObject({
      status: 'waiting',
      part: 1,
      attempt: 0,
      cursor: { task: 0, token: 'p1' },
      observed: 2,
      coverage: [],
      sent_at: START.toISOString(),
    });
    expect(hub.messages).toEqual([
      {
        tenant_id: 'enterprise-nimbus',
        workspace_id: 'platform',
        run_id: 'run-1',
        cell_id: aCell()._id,
        part: 1,
        send_no: 1,
      },
    ]);
    expect(hub.run()?.status).toBe('running');
    expect(hub.source.open()).toBe(0);
  });

  it('does not end between checkpoints, however much there is', async () => {
    const hub = aHubThatSees([role('a'), role('b'), role('c'), checkpoint('p1'), role('d')]);
    expect(await hub.collect(aCell(), { part_size: 1 })).toBe('continued');
    expect(hub.cell(KEY)).toMatchObject({ observed: 3, cursor: { task: 0, token: 'p1' } });
  });

  it('ends at the next checkpoint when its time is up', async () => {
    const hub = aHubThatSees(PAGES);
    expect(await hub.collect(aCell(), { deadline: START })).toBe('continued');
    expect(hub.cell(KEY)).toMatchObject({ cursor: { task: 0, token: 'p1' } });
  });

  it('ends between two tasks as well, when its time or size is used up: tasks that never stop do not add up', async () => {
    const hub = aHubThatSees([role('a')], [role('b')]);
    expect(await toTheEnd(hub, { deadline: START })).toEqual(['continued', 'done']);
    expect(hub.source.ran).toEqual([
      ['aws_iam.one/global', undefined],
      ['aws_iam.two/global', undefined],
    ]);
    expect(hub.cell(KEY)?.coverage.map(({ status }) => status)).toEqual(['complete', 'complete']);
  });

  it('that is the last does not leave an empty one behind', async () => {
    const hub = aHubThatSees([], [role('a')]);
    expect(await toTheEnd(hub, { part_size: 1 })).toEqual(['done']);
  });
});

describe('a cell in parts', () => {
  it('goes on where it stopped, and sees everything once', async () => {
    const hub = aHubThatSees(PAGES, [role('e')]);
    expect(await toTheEnd(hub, { part_size: 1 })).toEqual(['continued', 'continued', 'continued', 'done']);
    expect(hub.source.ran).toEqual([
      ['aws_iam.one/global', undefined],
      ['aws_iam.one/global', 'p1'],
      ['aws_iam.one/global', 'p2'],
      ['aws_iam.two/global', undefined],
    ]);
    expect(hub.cell(KEY)).toMatchObject({
      status: 'succeeded',
      part: 3,
      observed: 5,
      counts: { added: 5, unchanged: 0, removed: 0 },
      api_calls: 7,
    });
    expect(hub.cell(KEY)).not.toHaveProperty('cursor');
    expect(hub.run()).toMatchObject({ status: 'succeeded', api_calls: 7 });
  });

  it('removes only at its end, and nothing that any of its parts saw', async () => {
    const hub = aHubThatSees([role('old'), ...PAGES]);
    await toTheEnd(hub, {});
    hub.state.script = { 'aws_iam.one/global': { sees: PAGES } };
    const again = aCell({ run_id: 'run-2', run_seq: 2 });
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [again]);
    const live = async () =>
      (await hub.inventory.entities()).filter(({ retired_at }) => !retired_at).map(({ display_name }) => display_name);
    await hub.collect(again, { part_size: 1 });
    expect(await live()).toContain('old');
    for (let n = 0; n < 3; n += 1) {
      const cell = hub.cells().find(({ run_id }) => run_id === 'run-2');
      if (cell && cell.status === 'waiting') await hub.collect(cell, { part_size: 1 });
    }
    expect((await live()).toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('removes nothing between two tasks, though the first is complete', async () => {
    const hub = aHubThatSees([role('old')], [role('a')]);
    await toTheEnd(hub, {});
    hub.state.script = { 'aws_iam.two/global': { sees: [role('a')] } };
    const again = aCell({ run_id: 'run-2', run_seq: 2 });
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [again]);
    expect(await hub.collect(again, { deadline: START })).toBe('continued');
    expect((await hub.inventory.entities()).filter(({ retired_at }) => retired_at)).toEqual([]);
  });

  it('carries a gap of an earlier part to the end of its task, and no further', async () => {
    const hub = aHubThatSees([role('a'), denied, checkpoint('p1'), role('b')], [role('c')]);
    expect(await hub.collect(aCell(), { part_size: 1 })).toBe('continued');
    expect(hub.cell(KEY)?.cursor).toEqual({
      task: 0,
      token: 'p1',
      flaw: { status: 'denied', code: 'access_denied' },
    });
    await toTheEnd(hub, { part_size: 1 });
    expect(hub.cell(KEY)).toMatchObject({
      status: 'partial',
      coverage: [
        { collector: 'aws_iam.one', status: 'denied', code: 'access_denied' },
        { collector: 'aws_iam.two', status: 'complete' },
      ],
      errors: [{ code: 'access_denied', item: 'x', count: 1 }],
    });
  });

  it('that met a gap in its first part removes nothing of that task in its last', async () => {
    const hub = aHubThatSees([role('old'), role('a')]);
    await toTheEnd(hub, {});
    hub.state.script = { 'aws_iam.one/global': { sees: [denied, checkpoint('p1'), role('a')] } };
    const again = aCell({ run_id: 'run-2', run_seq: 2 });
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [again]);
    await hub.collect(again, { deadline: START });
    for (let n = 0; n < 2; n += 1) {
      const cell = hub.cells().find(({ run_id }) => run_id === 'run-2');
      if (cell?.status === 'waiting') await hub.collect(cell, { deadline: START });
    }
    expect(hub.cells()[1]).toMatchObject({ status: 'partial', counts: { removed: 0 } });
    expect((await hub.inventory.entities()).some(({ retired_at }) => retired_at)).toBe(false);
  });

  it('that is refused in a later part keeps what the earlier ones brought', async () => {
    const hub = aHubThatSees(PAGES);
    await hub.collect(aCell(), { part_size: 1 });
    const cell = hub.cell(KEY);
    if (!cell) throw new Error('the cell is there');
    hub.put(aPlannedRun(), [{ ...cell, attempt: 3 }]);
    await hub.collect(cell);
    expect(hub.cell(KEY)).toMatchObject({
      status: 'partial',
      observed: 2,
      errors: [{ code: 'worker_lost' }],
      coverage: [
        { collector: 'aws_iam.one', status: 'failed' },
        { collector: 'aws_iam.two', status: 'failed' },
      ],
    });
  });

  it('writes a thousand observations at a time, so that memory does not grow with the account', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => role(`role-${index}`));
    const hub = aHubThatSees(many);
    const written = vi.spyOn(hub.inventory.stores.entities, 'writeMany');
    await toTheEnd(hub, {});
    expect(written.mock.calls.map(([, documents]) => documents.length)).toEqual([1_000, 1_000, 500]);
    expect(hub.cell(KEY)).toMatchObject({ observed: 2_500, counts: { added: 2_500 } });
  });
});
