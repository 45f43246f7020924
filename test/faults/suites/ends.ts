import { afterEach, describe, expect, it } from 'vitest';
import { RUN_FINISHED } from '../../../src/runs/run.ts';
import { FaultHub } from '../hub.ts';
import { A_LEASE_LATER, isBelief, isClose, killedAt, met } from '../killed.ts';
import { aPlannedHub, type Prepared, startRun } from '../prepared.ts';
import { accountOf, beliefsOf, differences, leftovers, NOTHING_LEFT, runOf } from '../truth.ts';

/** What follows from the end of a run, and ends that come before their time. */
export const endSuite = (up: () => Prepared): unknown =>
  describe('that ends', () => {
    let hub: FaultHub | undefined;
    afterEach(() => hub?.close());

    /** Carries what is on the bus to who asks for a stitch, and gives the generation that is due then. */
    const stitchDue = async (at: FaultHub): Promise<unknown> => {
      for (const { detail } of await at.signals()) await at.run('request-stitch', { detail });
      return (await at.db.collection('stitch_due').findOne())?.generation;
    };
    const twoTicks = async (at: FaultHub): Promise<void> => {
      for (let ticks = 0; ticks < 2; ticks += 1) {
        at.pass(60);
        await at.run('tick');
      }
    };
    const asUndisturbed = async (at: FaultHub): Promise<void> => {
      expect(differences(await beliefsOf(at), up().beliefs)).toEqual([]);
      expect(await accountOf(at, up().run_id)).toEqual(up().account);
      expect(await leftovers(at, up().run_id)).toEqual(NOTHING_LEFT);
    };

    it('while the bus refuses its event has it carried once, and its stitch due, within two ticks', async () => {
      hub = await aPlannedHub(up());
      const { services, collector_role } = up().stage;
      const when = { role: collector_role, action: 'events:PutEvents' };
      const refused = services.aws.faults.inject({ when, fault: 'refuse' });
      await hub.drain().finally(() => refused.remove());
      expect(refused.hits).toBeGreaterThan(0);
      expect((await runOf(hub, up().run_id)).status).toBe('succeeded');
      expect(await hub.signals()).toEqual([]);
      await twoTicks(hub);
      expect(await stitchDue(hub)).toBe(1);
      await asUndisturbed(hub);
    });

    it('with the last thing that its collector does, whose message is lost as well, has its stitch due all the same', async () => {
      hub = await aPlannedHub(up());
      await killedAt(hub, isClose, 'after');
      await hub.queues.lose('cells');
      expect(await hub.signals()).toEqual([]);
      await twoTicks(hub);
      expect(await stitchDue(hub)).toBe(1);
      await asUndisturbed(hub);
      // The message of the stitch is lost, too.
      await hub.queues.lose('stitches');
      hub.pass(120);
      await hub.run('tick');
      expect((await hub.queues.take('stitches'))?.body).toContain('"generation":1');
    });

    it('by the hands of two who are at its last cells at once ends once', async () => {
      hub = await aPlannedHub(up());
      const [one, two] = await Promise.all([hub.start('collect-aws'), hub.start('collect-aws')]);
      const held = hub.hold(isClose, 'before');
      const first = hub.drain({ collector: one });
      await met(held, first);
      // Its message is hidden, and delivered once more all the same: that the cell has ended is known by now.
      for (const { body } of up().messages) await hub.queues.send('cells', body, body);
      await hub.drain({ collector: two });
      held.release();
      await first;
      await hub.settle();
      await asUndisturbed(hub);
    });

    it('because it is cancelled under its collector says so once, and the next run leaves what an undisturbed one does', async () => {
      hub = await aPlannedHub(up());
      const collector = await hub.start('collect-aws');
      const held = hub.hold(isBelief, 'after');
      const drained = hub.drain({ collector });
      await met(held, drained);
      await hub.call('POST', `/scan-runs/${up().run_id}/cancel`);
      const cancelled = await accountOf(hub, up().run_id);
      expect(cancelled).toMatchObject({ status: 'cancelled', finish_events: 0 });
      held.release();
      await drained;
      await hub.call('POST', `/scan-runs/${up().run_id}/cancel`);
      hub.pass(A_LEASE_LATER);
      await hub.settle();
      const account = await accountOf(hub, up().run_id);
      expect(account).toMatchObject({
        status: 'cancelled',
        errors: [],
        evidence: cancelled.evidence,
        totals: cancelled.totals,
        audit: ['scan_run.cancelled', 'scan_run.finished', 'scan_run.started'],
        finish_events: 1,
        times_carried: 1,
      });
      expect(Object.values(account.evidence).includes('complete')).toBe(false);
      // What was written before it stopped is stitched.
      expect((await hub.signals()).some(({ detail }) => detail.wrote)).toBe(true);
      expect(await leftovers(hub, up().run_id)).toEqual(NOTHING_LEFT);
      await startRun(hub, up().scope_id);
      await hub.settle();
      expect(differences(await beliefsOf(hub), up().beliefs)).toEqual([]);
    });

    it('before it is planned, since it is cancelled, is planned no more', async () => {
      hub = await FaultHub.open(up().stage, up().before);
      const run_id = await startRun(hub, up().scope_id);
      await hub.call('POST', `/scan-runs/${run_id}/cancel`);
      await hub.settle();
      expect(await accountOf(hub, run_id)).toMatchObject({
        status: 'cancelled',
        totals: { cells: 0 },
        audit: ['scan_run.cancelled', 'scan_run.finished', 'scan_run.started'],
        finish_events: 1,
        wrote: false,
      });
    });

    it('because its instance is deleted under its collector leaves nothing believed, and its history', async () => {
      hub = await aPlannedHub(up());
      const collector = await hub.start('collect-aws');
      const held = hub.hold(isBelief, 'after');
      const drained = hub.drain({ collector });
      await met(held, drained);
      await hub.call('DELETE', `/connector-instances/${up().instance_id}`);
      // Its collector is in the middle of a write, and believed alive: what it claimed is not retired before it has stopped.
      await hub.run('tick');
      await hub.drain({ collector: await hub.start('collect-aws') });
      held.release();
      await drained;
      for (let minutes = 0; minutes < 2; minutes += 1) await hub.settle();
      expect(await accountOf(hub, up().run_id)).toMatchObject({
        status: 'cancelled',
        audit: ['scan_run.cancelled', 'scan_run.finished', 'scan_run.started'],
        finish_events: 1,
      });
      expect(await leftovers(hub, up().run_id)).toEqual(NOTHING_LEFT);
      const believed = { retired_at: { $exists: false } };
      expect(await hub.db.collection('entities').countDocuments(believed)).toBe(0);
      expect(await hub.db.collection('edges').countDocuments(believed)).toBe(0);
      expect(await hub.db.collection('account_owners').countDocuments()).toBe(0);
      const runs = await hub.db.collection('scan_runs').find().sort({ seq: 1 }).toArray();
      expect(runs.map(({ status }) => status)).toEqual(['succeeded', 'cancelled', 'succeeded']);
      const finished = (await hub.signals()).filter((signal) => signal['detail-type'] === RUN_FINISHED);
      expect(finished.length).toBe(2);
    });
  });
