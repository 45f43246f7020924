import { describe, expect, it } from 'vitest';
import { deletedInstance } from '../../src/control/change-instance.ts';
import { deletedScope } from '../../src/control/change-scope.ts';
import { AppError } from '../../src/kernel/failures.ts';
import { endDeleted } from '../../src/runs/end-deleted.ts';
import { type EndInstanceDeps, endInstance, retirementOf } from '../../src/runs/end-instance.ts';
import { endScope } from '../../src/runs/end-scope.ts';
import { aNode, aRoleRef } from '../inventory/builders.ts';
import { aHub } from './a-hub.ts';
import { aCell, anInstance, aPlannedRun, aRun, aScope, at, HUB, START, TENANCY } from './builders.ts';
import type { Step } from './memory-runs.ts';

/** A hub with an instance that can be deleted, and what its end does. */
function anEndingHub(step: Step = async () => undefined) {
  const hub = aHub({ step, scope: aScope({ schedule: { every_minutes: 60 }, next_run_at: at(3_600) }) });
  const audited: string[] = [];
  const released: string[] = [];
  const state: { writes_until?: string } = {};
  let seq = 10;
  const deps: EndInstanceDeps = {
    runs: hub.runs,
    cells: hub.deps.cells,
    instances: {
      nextSeq: async () => {
        seq += 1;
        return seq;
      },
      countFailedRetirement: async ({ retirements_failed = 0 }) => {
        hub.state.instance = { ...hub.state.instance, retirements_failed: retirements_failed + 1 };
      },
      settleEnd: async (_instance, ended_at) => {
        await step('settle the end');
        const { ending_since: _, ...rest } = hub.state.instance;
        hub.state.instance = { ...rest, ended_at };
      },
    },
    scopes: {
      enabledOf: async () => (hub.state.scope.enabled ? [hub.state.scope] : []),
      change: async (before, after, outbox) => {
        await step('change the scope');
        if (hub.state.scope.version !== before.version) return false;
        hub.state.scope = after;
        audited.push(...outbox.map((entry) => (entry.kind === 'audit' ? entry.event.action : entry.detail_type)));
        return true;
      },
    },
    writtenUntil: async (_tenant, _instance, now) =>
      state.writes_until !== undefined && state.writes_until > now ? state.writes_until : undefined,
    releaseAccounts: async ({ tenant_id, instance_id }) => {
      await step('release accounts');
      released.push(`${tenant_id}/${instance_id}`);
    },
    enqueuePlan: hub.deps.enqueuePlan,
    now: hub.clock.now,
  };
  return {
    ...hub,
    audited,
    released,
    writers: state,
    delete: () => {
      hub.state.instance = deletedInstance(hub.state.instance, 'bob', hub.clock.now());
    },
    end: () => endInstance(deps, hub.state.instance),
    deps,
    /** Plans and works on the run that retires. */
    retire: async () => {
      const run = hub.run(retirementOf(hub.state.instance));
      if (!run) throw new Error('there is no retirement');
      await hub.plan(run);
      for (const cell of hub.cells()) if (cell.run_id === run._id && cell.status === 'waiting') await hub.collect(cell);
    },
  };
}
type EndingHub = ReturnType<typeof anEndingHub>;

const seen = (ids: readonly string[]) => ({
  'aws_iam.one/global': { sees: ids.map((id) => aNode(aRoleRef(id))) },
});

/** Lets the hub look at an account, with discovery before. */
async function lookedAt(hub: EndingHub): Promise<void> {
  const discovery = aCell({ run_id: 'run-0', run_seq: 1, category: 'aws_organizations' });
  hub.state.script = { 'aws_organizations.one/global': { sees: [aNode(aRoleRef('found'))] } };
  hub.put(aPlannedRun({ _id: 'run-0', seq: 1 }), [discovery]);
  await hub.collect(discovery);
  hub.state.script = seen(['a', 'b']);
  const cell = aCell({ run_seq: 2 });
  hub.put(aPlannedRun({ seq: 2 }), [cell]);
  await hub.collect(cell);
}
const live = async (hub: EndingHub): Promise<number> =>
  (await hub.inventory.entities()).filter(({ retired_at }) => !retired_at).length;

describe('the end of a deleted instance', () => {
  it('is not begun before it is deleted, and is over once it has ended', async () => {
    const hub = anEndingHub();
    expect(await hub.end()).toBe('ended');
    expect(hub.state.scope.enabled).toBe(true);
    expect(hub.released).toEqual([]);
  });

  it('stops its schedules and tells of it', async () => {
    const hub = anEndingHub();
    hub.delete();
    await hub.end();
    expect(hub.state.scope).toMatchObject({ enabled: false, version: 2 });
    expect(hub.state.scope).not.toHaveProperty('next_run_at');
    expect(hub.audited).toEqual(['scan_scope.changed']);
  });

  it('cancels its open runs, in the name of who deleted it, and leaves those that are over', async () => {
    const hub = anEndingHub();
    hub.put(aPlannedRun({ _id: 'open', seq: 3 }), [aCell({ run_id: 'open' })]);
    hub.put(aRun({ _id: 'queued', seq: 4 }));
    hub.put(aPlannedRun({ _id: 'over', seq: 2, status: 'partial' }));
    hub.put(aRun({ _id: 'other', seq: 1, instance_id: 'instance-2' }));
    hub.delete();
    await hub.end();
    expect(hub.run('open')).toMatchObject({ status: 'cancelled', cancel: { requested_by: 'bob' } });
    expect(hub.run('queued')).toMatchObject({ status: 'cancelled' });
    expect(hub.run('over')).toMatchObject({ status: 'partial' });
    expect(hub.run('other')).toMatchObject({ status: 'queued' });
  });

  it('retires everything that it claimed by a run of one cell, then frees its accounts', async () => {
    const hub = anEndingHub();
    await lookedAt(hub);
    expect(await live(hub)).toBe(3);
    hub.delete();
    expect(await hub.end()).toBe('retiring');
    await hub.retire();
    const run = hub.run(retirementOf(hub.state.instance));
    expect(run).toMatchObject({ ...TENANCY, status: 'succeeded', requested_by: 'bob', instance_id: 'instance-1' });
    expect(run).not.toHaveProperty('scope_id');
    expect(hub.cells().filter(({ run_id }) => run_id === run?._id)).toEqual([
      expect.objectContaining({ key: `retirement:${HUB}`, status: 'succeeded', wrote: true }),
    ]);
    expect(await live(hub)).toBe(0);
    expect(hub.released).toEqual([]);
    expect(await hub.end()).toBe('ended');
    expect(hub.released).toEqual([`${TENANCY.tenant_id}/instance-1`]);
    expect(hub.state.instance).toMatchObject({ status: 'deleted', ended_at: at(0) });
    expect(hub.state.instance).not.toHaveProperty('ending_since');
  });

  it('leaves what other instances claimed', async () => {
    const hub = anEndingHub();
    await lookedAt(hub);
    const other = aCell({ run_id: 'run-9', run_seq: 1, instance_id: 'instance-2' });
    hub.put(aPlannedRun({ _id: 'run-9', seq: 1, instance_id: 'instance-2' }), [other]);
    const mine = hub.state.instance;
    hub.state.instance = anInstance({ _id: 'instance-2' });
    hub.state.script = seen(['b', 'c']);
    await hub.collect(other);
    hub.state.instance = mine;
    expect(await live(hub)).toBe(4);
    hub.delete();
    await hub.end();
    await hub.retire();
    expect(await live(hub)).toBe(2);
  });

  it('waits for workers that may still write: what they write later would stay for ever', async () => {
    const hub = anEndingHub();
    hub.delete();
    hub.writers.writes_until = at(60);
    expect(await hub.end()).toBe('waiting');
    expect(hub.run(retirementOf(hub.state.instance))).toBeUndefined();
    hub.clock.pass(60);
    expect(await hub.end()).toBe('retiring');
  });

  it('waits for a run to which a planner is still adding cells', async () => {
    const hub = anEndingHub();
    hub.put(aRun({ _id: 'queued', planning: { owner: 'planner-9', until: at(60) } }));
    hub.delete();
    expect(await hub.end()).toBe('waiting');
    hub.clock.pass(61);
    await hub.tick();
    expect(await hub.end()).toBe('retiring');
    expect(hub.run('queued')).toMatchObject({ status: 'cancelled' });
  });

  it('begins one retirement however often and by how many it is gone on with', async () => {
    const hub = anEndingHub();
    hub.delete();
    await Promise.all([hub.end(), hub.end(), hub.end()]);
    await hub.end();
    expect(hub.plans).toHaveLength(1);
    expect(hub.audited).toEqual(['scan_scope.changed']);
  });

  it('tries the retirement again, a while after it failed, under another id', async () => {
    const hub = anEndingHub();
    hub.delete();
    await hub.end();
    const first = retirementOf(hub.state.instance);
    const run = hub.run(first);
    if (run) hub.put({ ...run, status: 'failed', finished_at: at(10) });
    hub.clock.pass(300);
    expect(await hub.end()).toBe('retiring');
    expect(retirementOf(hub.state.instance)).toBe(first);
    hub.clock.pass(400);
    await hub.end();
    expect(await hub.end()).toBe('retiring');
    expect(retirementOf(hub.state.instance)).not.toBe(first);
    await hub.retire();
    expect(await hub.end()).toBe('ended');
  });

  it('comes to the same wherever who was at it is killed', async () => {
    for (let steps = 0; steps < 400; steps += 1) {
      let left = Number.POSITIVE_INFINITY;
      const hub = anEndingHub(async () => {
        if (left <= 0) throw new Error('killed');
        left -= 1;
      });
      await lookedAt(hub);
      hub.put(aPlannedRun({ _id: 'open', seq: 3 }), [aCell({ run_id: 'open', run_seq: 3 })]);
      hub.delete();
      const all = async (): Promise<void> => {
        for (let turn = 0; turn < 3; turn += 1) {
          if ((await hub.end()) === 'retiring') await hub.retire();
        }
      };
      left = steps;
      const killed = await all().then(
        () => false,
        () => true,
      );
      left = Number.POSITIVE_INFINITY;
      // Leases of who was killed run out, and the tick comes by.
      for (let minute = 0; minute < 4; minute += 1) {
        hub.clock.pass(61);
        await hub.tick();
        await all();
      }
      await hub.moveOn();
      expect(hub.state.instance, `killed after ${steps} steps`).toHaveProperty('ended_at');
      expect(await live(hub)).toBe(0);
      expect(hub.run('open')).toMatchObject({ status: 'cancelled' });
      expect(hub.state.scope.enabled).toBe(false);
      expect(new Set(hub.released)).toEqual(new Set([`${TENANCY.tenant_id}/instance-1`]));
      if (!killed) return;
    }
    throw new Error('it was to end within these steps');
  });
});

describe('the end of a deleted scope', () => {
  const settled = (hub: EndingHub) => ({
    ...hub.deps,
    runs: hub.runs,
    scopes: {
      settleEnd: async () => {
        const { ending_since: _, ...rest } = hub.state.scope;
        hub.state.scope = rest;
      },
    },
  });

  it('cancels its open run and leaves the others', async () => {
    const hub = anEndingHub();
    hub.put(aPlannedRun({ _id: 'open', seq: 1 }), [aCell({ run_id: 'open' })]);
    hub.put(aRun({ _id: 'other', seq: 2, scope_id: 'scope-2' }));
    hub.state.scope = deletedScope(hub.state.scope, 'bob', START);
    await endScope(settled(hub), hub.state.scope);
    expect(hub.run('open')).toMatchObject({ status: 'cancelled', cancel: { requested_by: 'bob' } });
    expect(hub.run('other')).toMatchObject({ status: 'queued' });
    expect(hub.state.scope).not.toHaveProperty('ending_since');
  });

  it('is left to the next tick while a planner is at the run', async () => {
    const hub = anEndingHub();
    hub.put(aRun({ _id: 'queued', planning: { owner: 'planner-9', until: at(60) } }));
    hub.state.scope = deletedScope(hub.state.scope, 'bob', START);
    await endScope(settled(hub), hub.state.scope);
    expect(hub.state.scope).toHaveProperty('ending_since');
    hub.clock.pass(61);
    await endScope(settled(hub), hub.state.scope);
    expect(hub.run('queued')).toMatchObject({ status: 'cancelled' });
  });

  it('does nothing to a scope that is not deleted', async () => {
    const hub = anEndingHub();
    hub.put(aRun({ _id: 'queued' }));
    await endScope(settled(hub), hub.state.scope);
    expect(hub.run('queued')).toMatchObject({ status: 'queued' });
  });
});

describe('what the tick does with deletions', () => {
  it('goes on with each, though another cannot be gone on with', async () => {
    const hub = anEndingHub();
    hub.delete();
    const broken = deletedInstance(anInstance({ _id: 'broken' }), 'bob', START);
    const end = endDeleted({
      ...hub.deps,
      runs: hub.runs,
      instances: { ...hub.deps.instances, ending: async () => [broken, hub.state.instance] },
      scopes: {
        ...hub.deps.scopes,
        enabledOf: async (_tenant, id) => {
          if (id === 'broken') throw new AppError('timeout', 'the database did not answer');
          return [];
        },
        ending: async () => [],
        settleEnd: async () => undefined,
      },
    });
    await expect(end).rejects.toThrow('1 deletions could not be gone on with');
    expect(hub.plans).toHaveLength(1);
  });
});

describe('a run of a scope that was planned too late', () => {
  it('looks at nothing any more once its instance is deleted', async () => {
    const hub = anEndingHub();
    hub.delete();
    const run = aRun();
    hub.put(run);
    await hub.plan(run);
    expect(hub.cells().map(({ key }) => key)).toEqual([`retirement:${HUB}`]);
    expect(hub.bound).toEqual([]);
  });
});
