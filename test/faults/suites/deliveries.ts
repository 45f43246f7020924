import { afterEach, describe, expect, it } from 'vitest';
import { FaultHub } from '../hub.ts';
import { A_LEASE_LATER, isBelief, met } from '../killed.ts';
import { aPlannedHub, Made, type Prepared, planned, startRun } from '../prepared.ts';
import type { Taken } from '../queues.ts';
import { accountOf, type Beliefs, beliefsOf, cellsOf, differences, leftovers, NOTHING_LEFT } from '../truth.ts';

/** Messages that come twice, at once, late, or while somebody believes that he still holds a cell. */
export const deliverySuite = (up: () => Prepared): unknown =>
  describe('whose messages', () => {
    let hub: FaultHub | undefined;
    afterEach(() => hub?.close());
    const asUndisturbed = async (at: FaultHub, run_id = up().run_id): Promise<void> => {
      expect(differences(await beliefsOf(at), up().beliefs)).toEqual([]);
      expect(await accountOf(at, run_id)).toEqual(up().account);
      expect(await leftovers(at, run_id)).toEqual(NOTHING_LEFT);
    };
    const sendAll = async (to: FaultHub, messages: readonly Taken[]): Promise<void> => {
      for (const { body } of messages) await to.queues.send('cells', body, body);
    };

    it('are each delivered twice, the second time when it is done, is as if they had not been', async () => {
      hub = await FaultHub.open(up().stage, up().before);
      const run_id = await startRun(hub, up().scope_id);
      await hub.drain({ times: 2 });
      await asUndisturbed(hub, run_id);
    });

    it('are each delivered to two collectors at the same moment is as if they had not been', async () => {
      hub = await aPlannedHub(up());
      const collectors = await Promise.all([hub.start('collect-aws'), hub.start('collect-aws')]);
      for (let taken = await hub.queues.take('cells'); taken; taken = await hub.queues.take('cells')) {
        const { event } = taken;
        const came = await Promise.all(collectors.map((collector) => collector.invoke(event)));
        expect(came.filter(({ outcome }) => outcome !== 'answered')).toEqual([]);
        await hub.queues.delete(taken);
      }
      await hub.settle();
      await asUndisturbed(hub);
    });

    it('come after two later runs have ended changes nothing, and it says that it was superseded', async () => {
      hub = await FaultHub.open(up().stage, up().before);
      const late_id = await startRun(hub, up().scope_id);
      const late = await planned(hub);
      expect(late.length).toBeGreaterThan(1);
      for (let later = 0; later < 2; later += 1) {
        await startRun(hub, up().scope_id);
        await hub.drain();
      }
      await sendAll(hub, late);
      up().stage.proxy.resetWrites();
      await hub.settle();
      const { entities, edges } = up().stage.proxy.writes();
      expect([entities, edges]).toEqual([undefined, undefined]);
      expect(differences(await beliefsOf(hub), up().beliefs)).toEqual([]);
      expect(await accountOf(hub, late_id)).toMatchObject({
        status: 'failed',
        totals: { cells: late.length, cells_by_status: { superseded: late.length }, observed: 0 },
        evidence: { [`aws_iam:${up().stage.spoke_account}`]: 'not_attempted' },
        audit: ['scan_run.finished', 'scan_run.started'],
        finish_events: 1,
        wrote: false,
      });
      expect(await leftovers(hub, late_id)).toEqual(NOTHING_LEFT);
    });

    it('go on after a later run has ended, having begun before it, changes nothing more', async () => {
      hub = await FaultHub.open(up().stage, up().before);
      const early_id = await startRun(hub, up().scope_id);
      const [first] = (await planned(hub)).filter(({ body }) => body.includes('aws_iam'));
      if (!first) throw new Error('there is no cell to begin with');
      await hub.queues.send('cells', first.body, first.group);
      const begun = await hub.queues.take('cells');
      if (!begun) throw new Error('the queue is empty');
      await hub.deliver(begun, await hub.warm('collect-aws'));
      const rest = await hub.queues.lose('cells');
      expect(rest.map(({ body }) => JSON.parse(body).part)).toEqual([1]);
      await startRun(hub, up().scope_id);
      await hub.drain();
      await sendAll(hub, rest);
      up().stage.proxy.resetWrites();
      await hub.drain();
      const { entities, edges } = up().stage.proxy.writes();
      expect([entities, edges]).toEqual([undefined, undefined]);
      expect(differences(await beliefsOf(hub), up().beliefs)).toEqual([]);
      expect((await cellsOf(hub, early_id)).find(({ category }) => category === 'aws_iam')?.status).toBe('superseded');
    });

    it.each(['before', 'after'] as const)(
      'a collector works on longer than its lease, stopped %s a write is there, writes nothing more once it is woken',
      async (side) => {
        hub = await aPlannedHub(up());
        const { proxy } = up().stage;
        const slow = await hub.start('collect-aws');
        let seen = 0;
        let is_late = false;
        const held = hub.hold((write) => isBelief(write) && ++seen === 2, side);
        const work = hub.drain({ collector: slow, isTakenOver: () => is_late });
        await met(held, work);
        // Its lease has run out, by its own clock as by everybody's, and its message is delivered to somebody else.
        hub.pass(A_LEASE_LATER);
        is_late = true;
        if (hub.in_flight) await hub.queues.show(hub.in_flight);
        await hub.drain({ collector: await hub.start('collect-aws') });
        proxy.resetWrites();
        held.release();
        expect(await work).toEqual([expect.stringContaining('FenceLost')]);
        const { entities, edges, cells } = proxy.writes();
        expect([entities, edges, cells]).toEqual([undefined, undefined, undefined]);
        await hub.settle();
        await asUndisturbed(hub);
      },
    );

    it('are those of two runs of one scope at once leave what one run does, and each run says what it saw', async () => {
      hub = await FaultHub.open(up().stage, up().before);
      const ids = [await startRun(hub, up().scope_id), await startRun(hub, up().scope_id)];
      await sendAll(hub, await planned(hub));
      await hub.crowd(await Promise.all([hub.start('collect-aws'), hub.start('collect-aws')]));
      await hub.settle();
      expect(differences(await beliefsOf(hub), up().beliefs)).toEqual([]);
      for (const id of ids) {
        const { status, evidence, errors, audit, finish_events } = await accountOf(hub, id);
        const cells = await cellsOf(hub, id);
        expect(cells.filter((cell) => !['succeeded', 'superseded'].includes(cell.status))).toEqual([]);
        const looked = cells.find(({ category }) => category === 'aws_iam');
        const has_seen = looked?.status === 'succeeded';
        expect(evidence[looked?.key ?? '']).toBe(has_seen ? 'complete' : 'not_attempted');
        expect(status).toBe(has_seen ? 'succeeded' : 'failed');
        expect({ errors: errors.map(({ code }) => code), audit, finish_events }).toEqual({
          errors: has_seen ? [] : ['superseded'],
          audit: ['scan_run.finished', 'scan_run.started'],
          finish_events: 1,
        });
        expect(await leftovers(hub, id)).toEqual(NOTHING_LEFT);
      }
      expect(await accountOf(hub, ids[1] ?? '')).toMatchObject({ status: 'succeeded' });
    });

    it('are those of two scopes of one instance, the later one first, leave neither of them incomplete', async () => {
      hub = await FaultHub.open(up().stage, up().before);
      const other = await hub.call('POST', '/scan-scopes', {
        instance_id: up().instance_id,
        scope_keys: {},
        service_categories: ['aws_dynamodb_sns'],
      });
      const early_id = await startRun(hub, up().scope_id);
      const early = await planned(hub);
      const late_id = await startRun(hub, Made.parse(other)._id);
      await hub.settle();
      await sendAll(hub, early);
      await hub.settle();
      for (const id of [early_id, late_id]) {
        const { status, evidence, finish_events } = await accountOf(hub, id);
        expect({ status, finish_events }).toEqual({ status: 'succeeded', finish_events: 1 });
        expect(new Set(Object.values(evidence))).toEqual(new Set(['complete']));
      }
      // What the run that retired later has seen is kept: both scopes are enabled.
      expect(differences(await beliefsOf(hub), up().beliefs)).toEqual([]);
    });

    it('are those of two instances that look at one account at once leave what they do one after the other', async () => {
      // Of claims that say the same, that of the smaller instance id is believed: it is to be the same id both times.
      hub = await FaultHub.open(up().stage, up().before);
      const { scope_id, instance_id } = await anotherInstance(hub);
      const with_both = await hub.snapshot();
      await hub.close();
      const beliefs: Beliefs[] = [];
      for (const at_once of [false, true]) {
        const at = await FaultHub.open(up().stage, with_both);
        hub = at;
        await startRun(at, up().scope_id);
        const ours = await planned(at);
        await startRun(at, scope_id);
        const theirs = await planned(at);
        await sendAll(at, ours);
        if (at_once) {
          const held = at.hold(isBelief, 'before');
          const work = at.drain({ collector: await at.start('collect-aws') });
          await met(held, work);
          // What is held was read before the others have written, and arrives when they have.
          await sendAll(at, theirs);
          await at.drain({ collector: await at.start('collect-aws') });
          held.release();
          await work;
        } else {
          await at.drain();
          await sendAll(at, theirs);
        }
        await at.settle();
        beliefs.push(await beliefsOf(at));
        await at.close();
        hub = undefined;
      }
      const [one_by_one = new Map(), at_once = new Map()] = beliefs;
      expect(one_by_one.size).toBeGreaterThan(0);
      expect([...at_once.values()].some((it) => it.includes(instance_id))).toBe(true);
      expect(differences(at_once, one_by_one)).toEqual([]);
    });
  });

/** A further instance over the same account, with a scope. */
async function anotherInstance(hub: FaultHub): Promise<{ readonly scope_id: string; readonly instance_id: string }> {
  const { spoke_account, services } = hub.stage;
  const { _id: instance_id } = Made.parse(
    await hub.call('POST', '/connector-instances', {
      connector_kind: 'aws',
      display_name: 'another',
      config: { mode: 'accounts', account_ids: [spoke_account], regions: [services.aws.region] },
    }),
  );
  const scope = { instance_id, scope_keys: {}, service_categories: ['aws_iam'] };
  return { instance_id, scope_id: Made.parse(await hub.call('POST', '/scan-scopes', scope))._id };
}
