import { describe, expect, it } from 'vitest';
import { cancelRun } from '../../src/runs/cancel-run.ts';
import { runOutcome } from '../../src/runs/run-outcome.ts';
import { aNode, aRoleRef } from '../inventory/builders.ts';
import { aHub, type Hub } from './a-hub.ts';
import { aCell, aPlannedRun, aRun, at, START } from './builders.ts';

const script = { 'aws_iam.one/global': { sees: [aNode(aRoleRef('reader'))] } };

/** Seconds from now until something is so, with a tick each minute from `phase` on, every message delivered, busy ones again after 15 s. */
async function secondsUntil(hub: Hub, phase: number, isSo: () => boolean): Promise<number> {
  let plan_again_at = Number.POSITIVE_INFINITY;
  let again_at = Number.POSITIVE_INFINITY;
  for (let second = 0; second <= 240; second += 1) {
    if (second % 60 === phase) await hub.tick();
    if (hub.plans.splice(0).length > 0 || second >= plan_again_at) {
      plan_again_at = (await hub.plan(aRun())) === 'busy' ? second + 15 : Number.POSITIVE_INFINITY;
    }
    if (hub.messages.splice(0).length > 0 || second >= again_at) {
      const outcomes = await Promise.all(hub.cells().map((cell) => hub.collect(cell)));
      again_at = outcomes.includes('busy') ? second + 15 : Number.POSITIVE_INFINITY;
    }
    if (isSo()) return second;
    hub.clock.pass(1);
  }
  throw new Error('it was to be so within four minutes');
}

/** The worst of what it takes, whenever the tick comes. */
async function worst(make: () => Promise<{ hub: Hub; isSo: () => boolean }> | { hub: Hub; isSo: () => boolean }) {
  const all: number[] = [];
  for (let phase = 0; phase < 60; phase += 1) {
    const { hub, isSo } = await make();
    all.push(await secondsUntil(hub, phase, isSo));
  }
  return Math.max(...all);
}

/** With this much to spare for the tick itself to begin and for a queue to deliver. */
const WITHIN = 105;

describe('what was lost is found by the tick and mended within two minutes, whenever that comes', () => {
  it('a run that was written and never planned', async () => {
    const make = () => {
      const hub = aHub({ script });
      hub.put(aRun());
      return { hub, isSo: () => hub.run()?.planned_at !== undefined };
    };
    expect(await worst(make)).toBeLessThanOrEqual(WITHIN);
  });

  it('a run whose planner died with the lease in its hand, some of its cells written', async () => {
    const make = () => {
      const hub = aHub({ script });
      hub.put(aRun({ status: 'running', started_at: at(0), planning: { owner: 'dead', until: at(60) } }), [aCell()]);
      return { hub, isSo: () => hub.run()?.planned_at !== undefined };
    };
    expect(await worst(make)).toBeLessThanOrEqual(WITHIN);
  });

  it('a cell that was written and never queued', async () => {
    const make = () => {
      const hub = aHub({ script });
      hub.put(aPlannedRun(), [aCell()]);
      return { hub, isSo: () => hub.run()?.status === 'succeeded' };
    };
    expect(await worst(make)).toBeLessThanOrEqual(WITHIN);
  });

  it('a cell whose worker was killed right after a beat, and whose message was lost with it', async () => {
    const make = async () => {
      const hub = aHub({ script });
      const dead = aCell({ status: 'running', owner: 'dead', lease_until: at(60), attempt: 1, sent_at: at(0) });
      hub.put(aPlannedRun(), [dead]);
      const name = { tenant_id: dead.tenant_id, instance_id: dead.instance_id, key: dead.key };
      await hub.deps.fence.take(name, { seq: 1, owner: 'dead' }, at(0), at(60));
      return { hub, isSo: () => hub.run()?.status === 'succeeded' };
    };
    expect(await worst(make)).toBeLessThanOrEqual(WITHIN);
  });

  it('a run whose last worker died before it closed it, and one of which the signal was not sent', async () => {
    const unclosed = () => {
      const hub = aHub({ script });
      hub.put(aPlannedRun(), [aCell({ status: 'succeeded' })]);
      return { hub, isSo: () => hub.moved.length === 2 };
    };
    expect(await worst(unclosed)).toBeLessThanOrEqual(WITHIN);
    const untold = () => {
      const hub = aHub({ script });
      hub.put(aPlannedRun(runOutcome(aPlannedRun(), [aCell({ status: 'succeeded' })], START)));
      return { hub, isSo: () => hub.moved.length === 2 };
    };
    expect(await worst(untold)).toBeLessThanOrEqual(60);
  });

  it('a cancelled run whose planner had died', async () => {
    const make = async () => {
      const hub = aHub({ script });
      hub.put(aRun({ status: 'running', planning: { owner: 'dead', until: at(60) } }), [aCell()]);
      await cancelRun(hub.deps, aRun(), { requested_by: 'ada', request_id: 'r' });
      return { hub, isSo: () => hub.run()?.status === 'cancelled' };
    };
    // The lease of the planner must be over, and then the tick must come: a write of the dead may arrive until then.
    expect(await worst(make)).toBeLessThanOrEqual(121);
  });
});
