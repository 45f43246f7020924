import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/kernel/time.ts';
import { type Budget, exhausted } from '../../src/runs/budget.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { startRun } from '../../src/runs/run.ts';
import { aNode, aRoleRef } from '../inventory/builders.ts';
import { aHub, type HubGiven } from './a-hub.ts';
import { aCell, anInstance, aPlannedRun, aScope, at, ONE, START, TWO } from './builders.ts';

const roles = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => aNode(aRoleRef(`role-${from + index}`)));

/** A planned run with a budget and cells of which each task sees ten roles, for a call each. */
function aHubOf(budget: Budget, cells: readonly Cell[], given: HubGiven = {}) {
  const script = { 'aws_iam.one/global': { sees: roles(0, 10) }, 'aws_iam.two/global': { sees: roles(10, 20) } };
  const hub = aHub({ script, ...given });
  hub.put(aPlannedRun({ budget }), cells);
  return hub;
}

describe('a budget', () => {
  const spent = { api_calls: 9, elapsed: 5 * MINUTE - 1 };
  it('is used up when so many calls were made or minutes have passed, and says which', () => {
    expect(exhausted({}, spent)).toBeUndefined();
    expect(exhausted({ max_api_calls: 10, max_minutes: 5 }, spent)).toBeUndefined();
    expect(exhausted({ max_api_calls: 9 }, spent)).toMatchObject({
      code: 'budget_exhausted',
      details: { used: '9 API calls of max_api_calls 9' },
    });
    expect(exhausted({ max_api_calls: 1, max_minutes: 5 }, { api_calls: 3, elapsed: 5 * MINUTE })?.details).toEqual({
      used: '3 API calls of max_api_calls 1 and 5 minutes of max_minutes 5',
    });
  });

  it('is copied onto a run when that is started', () => {
    const request = { id: 'r', seq: 1, trigger: 'manual', requested_by: 'ada', request_id: 'q', now: START } as const;
    const budget = { max_api_calls: 5 };
    expect(startRun({ ...aScope(), budget }, anInstance(), request).budget).toEqual(budget);
    expect(startRun(aScope(), anInstance(), request)).not.toHaveProperty('budget');
  });
});

describe('a cell of a run whose budget is used up', () => {
  it('while it looks: what was seen is kept, the task under way and those left fail, with the figures', async () => {
    const hub = aHubOf({ max_api_calls: 4 }, [aCell()]);
    await hub.collect(aCell());
    const cell = hub.cell(aCell().key);
    expect(cell).toMatchObject({
      status: 'partial',
      observed: 4,
      api_calls: 4,
      coverage: [
        { collector: 'aws_iam.one', status: 'failed', code: 'budget_exhausted' },
        { collector: 'aws_iam.two', status: 'failed', code: 'budget_exhausted' },
      ],
      errors: [{ code: 'budget_exhausted', count: 1 }],
    });
    expect(cell?.errors[0]?.remedy).toContain('The run used 4 API calls of max_api_calls 4.');
    expect(hub.source.open()).toBe(0);
    expect(hub.run()).toMatchObject({ status: 'partial', errors: [{ code: 'budget_exhausted' }] });
  });

  it('between tasks keeps the one that was complete', async () => {
    const hub = aHubOf({ max_api_calls: 10 }, [aCell()], {
      script: { 'aws_iam.one/global': { sees: roles(0, 9) }, 'aws_iam.two/global': { sees: roles(10, 20) } },
    });
    await hub.collect(aCell());
    expect(hub.cell(aCell().key)?.coverage.map(({ status }) => status)).toEqual(['complete', 'failed']);
    expect(hub.cell(aCell().key)?.api_calls).toBe(10);
  });

  it('when a task ends asks nothing for the next', async () => {
    let puts = 0;
    const hub = aHubOf({ max_minutes: 2 }, [aCell()], {
      step: async (operation) => {
        if (operation !== 'use the inventory') return;
        puts += 1;
        if (puts === 2) hub.clock.pass(30);
      },
    });
    hub.clock.pass(100);
    await hub.collect(aCell());
    expect(hub.source.ran.map(([task]) => task)).toEqual(['aws_iam.one/global']);
    expect(hub.cell(aCell().key)?.coverage.map(({ status }) => status)).toEqual(['complete', 'failed']);
  });

  it('by others before asks nothing', async () => {
    const other = aCell({ account_id: TWO, status: 'succeeded', api_calls: 7 });
    const hub = aHubOf({ max_api_calls: 7 }, [aCell(), other]);
    await hub.collect(aCell());
    expect(hub.source.opened).toEqual([]);
    expect(hub.cell(aCell().key)).toMatchObject({ status: 'failed', api_calls: 0 });
    expect(hub.run()?.status).toBe('partial');
  });

  it('by what others have under way counts that, as of their last beat', async () => {
    const under_way = { api_calls: 6, observed: 6 };
    const other = aCell({
      account_id: TWO,
      status: 'running',
      owner: 'o',
      lease_until: at(60),
      api_calls: 2,
      under_way,
    });
    const hub = aHubOf({ max_api_calls: 9 }, [aCell(), other]);
    await hub.collect(aCell());
    expect(hub.cell(aCell().key)?.api_calls).toBe(1);
  });

  it('by time asks nothing more, from when the run began', async () => {
    const hub = aHubOf({ max_minutes: 2 }, [aCell()]);
    hub.clock.pass(119);
    await hub.collect(aCell());
    expect(hub.cell(aCell().key)?.status).toBe('succeeded');
    const late = aHubOf({ max_minutes: 2 }, [aCell()]);
    late.clock.pass(120);
    await late.collect(aCell());
    expect(late.cell(aCell().key)?.errors[0]?.message).toContain('2 minutes of max_minutes 2');
    expect(late.source.opened).toEqual([]);
  });

  it('removes nothing of what it held', async () => {
    const hub = aHubOf({}, [aCell()]);
    await hub.collect(aCell());
    const held = await hub.inventory.entities();
    expect(held).toHaveLength(20);
    const again = aCell({ run_id: 'run-2', run_seq: 2 });
    hub.put(aPlannedRun({ _id: 'run-2', seq: 2, budget: { max_api_calls: 3 } }), [again]);
    await hub.collect(again);
    expect(hub.cells().find(({ run_id }) => run_id === 'run-2')?.counts.removed).toBe(0);
    expect((await hub.inventory.entities()).filter(({ retired_at }) => retired_at)).toEqual([]);
  });

  it('in a later part fails what is left, and keeps what the earlier parts had covered', async () => {
    const checkpoint = { kind: 'checkpoint', cursor: 'p' } as const;
    const hub = aHubOf({ max_api_calls: 12 }, [aCell()], {
      script: {
        'aws_iam.one/global': { sees: roles(0, 5) },
        'aws_iam.two/global': { sees: [...roles(5, 8), checkpoint, ...roles(8, 30)] },
      },
    });
    expect(await hub.collect(aCell(), { part_size: 7 })).toBe('continued');
    const waiting = hub.cell(aCell().key);
    expect(await hub.collect(waiting ?? aCell(), { part_size: 700 })).toBe('done');
    expect(hub.cell(aCell().key)).toMatchObject({
      status: 'partial',
      api_calls: 12,
      coverage: [{ status: 'complete' }, { status: 'failed', code: 'budget_exhausted' }],
    });
  });
});

describe('a cell that is given up after three workers', () => {
  it.each(['aws_iam', 'retirement'])('of category %s says so, and the run goes on', async (category) => {
    const dead = aCell({ category, status: 'running', owner: 'dead', lease_until: at(0), attempt: 3 });
    const hub = aHubOf({}, [dead, aCell({ account_id: TWO })]);
    hub.clock.pass(61);
    await hub.collect(dead);
    await hub.collect(aCell({ account_id: TWO }));
    expect(hub.cell(dead.key)).toMatchObject({ status: 'failed', errors: [{ code: 'worker_lost' }] });
    expect(hub.source.opened.map(({ account_id }) => account_id)).toEqual([TWO]);
    expect(hub.run()).toMatchObject({ status: 'partial', errors: [{ code: 'worker_lost', account_id: ONE }] });
  });
});
