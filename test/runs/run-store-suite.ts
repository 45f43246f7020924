import { beforeEach, describe, expect, it } from 'vitest';
import { startRun } from '../../src/runs/run.ts';
import { runOutcome } from '../../src/runs/run-outcome.ts';
import { aCell, anInstance, aPlannedRun, aRun, aScope, at, START, TENANCY } from './builders.ts';
import type { RunsUnderTest } from './memory-runs.ts';

/** What the store of runs promises, whatever it is stored in. */
export function runStoreSuite(make: () => Promise<RunsUnderTest>): void {
  let runs: RunsUnderTest;
  beforeEach(async () => {
    runs = await make();
  });
  const get = (id = 'run-1') => runs.get(TENANCY, id);
  const outcome = runOutcome(aPlannedRun(), [aCell({ status: 'succeeded' })], START);

  describe('a run', () => {
    it('is written with what must follow, which then has left it', async () => {
      const request = { id: 'run-1', seq: 1, trigger: 'manual', requested_by: 'ada', request_id: 'r', now: START };
      const run = startRun(aScope(), anInstance(), { ...request, trigger: 'manual' });
      expect(run.outbox).toHaveLength(1);
      await runs.create(run);
      expect(await get()).toEqual({ ...run, outbox: [] });
      await expect(runs.create(run)).rejects.toThrow(/duplicate key/i);
    });

    it('is seen by its tenant and workspace only', async () => {
      await runs.create(aRun());
      for (const other of [
        { ...TENANCY, tenant_id: 'acme' },
        { ...TENANCY, workspace_id: 'payments' },
      ]) {
        expect(await runs.get(other, 'run-1')).toBeUndefined();
        expect(await runs.openOfScope(other, 'scope-1')).toBeUndefined();
        await runs.begin(other, 'run-1', at(1));
        await runs.markPlanned(other, 'run-1', at(1));
        expect(await runs.finishOnce(other, 'run-1', outcome)).toBe(false);
        expect(await runs.countPlanSend(other, 'run-1')).toBeUndefined();
      }
      expect(await get()).toEqual(aRun());
    });

    it('begins once, and is planned once', async () => {
      await runs.create(aRun());
      await runs.begin(TENANCY, 'run-1', at(1));
      await runs.begin(TENANCY, 'run-1', at(2));
      await runs.markPlanned(TENANCY, 'run-1', at(3));
      await runs.markPlanned(TENANCY, 'run-1', at(4));
      expect(await get()).toEqual(aRun({ status: 'running', started_at: at(1), planned_at: at(3) }));
    });

    it('counts its plan messages, each number once', async () => {
      await runs.create(aRun());
      const counted = await Promise.all(Array.from({ length: 8 }, () => runs.countPlanSend(TENANCY, 'run-1')));
      expect(counted.map((run) => run?.plan_send_no).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });
  });

  describe('finishing', () => {
    it('is done by one of ten callers at once', async () => {
      await runs.create(aPlannedRun());
      const finished = await Promise.all(Array.from({ length: 10 }, () => runs.finishOnce(TENANCY, 'run-1', outcome)));
      expect(finished.filter((won) => won)).toHaveLength(1);
      expect(await get()).toMatchObject({
        status: 'succeeded',
        evidence_completeness: { 'aws_iam:111111111111': 'complete' },
        finished_at: at(0),
      });
      expect((await get())?.outbox.map(({ id }) => id)).toEqual(outcome.outbox.map(({ id }) => id));
    });

    it.each([
      ['a run that has not begun', aRun()],
      ['a run that is not planned', aRun({ status: 'running' })],
      ['a run that is over', aPlannedRun({ status: 'partial' })],
      ['a cancelled run', aPlannedRun({ status: 'cancelled' })],
    ])('does nothing to %s', async (_what, run) => {
      await runs.create(run);
      expect(await runs.finishOnce(TENANCY, 'run-1', outcome)).toBe(false);
      expect(await get()).toEqual(run);
    });

    it('leaves in the outbox what must follow, until it is moved on', async () => {
      await runs.create(aPlannedRun());
      await runs.finishOnce(TENANCY, 'run-1', outcome);
      expect((await runs.withOutbox(10)).map(({ _id }) => _id)).toEqual(['run-1']);
      await runs.flushOutbox(TENANCY, 'run-1');
      expect(await runs.withOutbox(10)).toEqual([]);
      expect((await get())?.outbox).toEqual([]);
    });
  });

  describe('the right to add cells', () => {
    const lease = (owner: string, seconds: number) => ({ owner, until: at(seconds) });

    it('is one planner’s at a time, until its lease is over', async () => {
      await runs.create(aRun());
      const taken = await Promise.all(
        ['a', 'b', 'c'].map((owner) => runs.takePlanning(TENANCY, 'run-1', lease(owner, 60), at(0))),
      );
      expect(taken.filter((run) => run !== undefined)).toHaveLength(1);
      const owner = (await get())?.planning?.owner ?? '';
      const other = owner === 'a' ? 'b' : 'a';
      expect(await runs.keepPlanning(TENANCY, 'run-1', lease(owner, 70))).toBe(true);
      expect(await runs.keepPlanning(TENANCY, 'run-1', lease(other, 70))).toBe(false);
      expect(await runs.takePlanning(TENANCY, 'run-1', lease(other, 130), at(70))).toBeUndefined();
      expect(await runs.takePlanning(TENANCY, 'run-1', lease(other, 131), at(71))).toMatchObject({ _id: 'run-1' });
      expect(await runs.keepPlanning(TENANCY, 'run-1', lease(owner, 140))).toBe(false);
      await runs.leavePlanning(TENANCY, 'run-1', owner);
      expect((await get())?.planning).toEqual(lease(other, 131));
      await runs.leavePlanning(TENANCY, 'run-1', other);
      expect(await get()).toEqual(aRun());
    });

    it.each([
      ['is over', aPlannedRun({ status: 'failed' })],
      ['is to end', aRun({ cancel: { requested_by: 'ada', requested_at: at(0) } })],
    ])('is nobody’s where the run %s', async (_what, run) => {
      await runs.create(run);
      expect(await runs.takePlanning(TENANCY, 'run-1', lease('a', 60), at(0))).toBeUndefined();
      await runs.markPlanned(TENANCY, 'run-1', at(9));
      expect(await get()).toEqual(run);
    });
  });

  describe('the wish that a run should end', () => {
    const cancel = { requested_by: 'ada', requested_at: at(5) };
    const audit = outcome.outbox.slice(0, 1);
    const cancelled = { ...outcome, status: 'cancelled', finished_at: at(61) } as const;

    it('is noted once, with what must follow, and ends the right to add cells', async () => {
      await runs.create(aRun());
      await runs.takePlanning(TENANCY, 'run-1', { owner: 'a', until: at(60) }, at(0));
      const wished = await Promise.all(
        ['ada', 'bob'].map((requested_by) => runs.requestCancel(TENANCY, 'run-1', { ...cancel, requested_by }, audit)),
      );
      expect(wished[0]?.cancel).toEqual(wished[1]?.cancel);
      expect((await get())?.outbox).toHaveLength(1);
      expect(await runs.keepPlanning(TENANCY, 'run-1', { owner: 'a', until: at(90) })).toBe(false);
    });

    it('is not noted of a run that is over', async () => {
      await runs.create(aPlannedRun({ status: 'partial' }));
      expect(await runs.requestCancel(TENANCY, 'run-1', cancel, audit)).toBeUndefined();
      expect(await get()).toEqual(aPlannedRun({ status: 'partial' }));
    });

    it('closes a run as cancelled and nothing else, planned or not, when nobody adds cells to it any more', async () => {
      await runs.create(aRun({ planning: { owner: 'dead', until: at(60) } }));
      expect(await runs.finishOnce(TENANCY, 'run-1', cancelled)).toBe(false);
      await runs.requestCancel(TENANCY, 'run-1', cancel, audit);
      expect(await runs.finishOnce(TENANCY, 'run-1', outcome)).toBe(false);
      expect(await runs.finishOnce(TENANCY, 'run-1', { ...cancelled, finished_at: at(60) })).toBe(false);
      const closed = await Promise.all([1, 2, 3].map(() => runs.finishOnce(TENANCY, 'run-1', cancelled)));
      expect(closed.filter((won) => won)).toHaveLength(1);
      expect(await get()).toMatchObject({ status: 'cancelled', cancel });
      expect(await get()).not.toHaveProperty('planning');
    });
  });

  describe('finding runs', () => {
    it('to look after: those that are not over and were made before a moment, oldest first', async () => {
      await runs.create(aRun({ _id: 'young', seq: 1, created_at: at(60) }));
      await runs.create(aPlannedRun({ _id: 'second', seq: 2, created_at: at(2) }));
      await runs.create(aRun({ _id: 'first', seq: 3, created_at: at(1) }));
      await runs.create(aPlannedRun({ _id: 'over', seq: 4, status: 'failed' }));
      await runs.create(aRun({ _id: 'awaited', seq: 5, trigger: 'push', status: 'running' }));
      const ids = async (limit: number) => (await runs.openSince(at(60), limit)).map(({ _id }) => _id);
      expect(await ids(10)).toEqual(['first', 'second']);
      expect(await ids(1)).toEqual(['first']);
    });

    it('of a scope that are not over', async () => {
      await runs.create(aPlannedRun({ status: 'succeeded' }));
      expect(await runs.openOfScope(TENANCY, 'scope-1')).toBeUndefined();
      await runs.create(aRun({ _id: 'run-2', seq: 2 }));
      expect(await runs.openOfScope(TENANCY, 'scope-1')).toMatchObject({ _id: 'run-2' });
      expect(await runs.openOfScope(TENANCY, 'scope-2')).toBeUndefined();
    });
  });

  describe('a run whose id follows from what it is for', () => {
    it('is written once, however many write it at once', async () => {
      const writers = Array.from({ length: 8 }, (_, index) => runs.createOnce(aRun({ seq: index + 1 })));
      expect((await Promise.all(writers)).filter(Boolean)).toHaveLength(1);
      expect(await runs.createOnce(aRun({ seq: 9, status: 'failed' }))).toBe(false);
      expect(await get()).toMatchObject({ status: 'queued' });
    });
  });

  describe('the runs of an instance', () => {
    it('that are not over are found, of one tenant', async () => {
      await runs.create(aRun({ _id: 'open', seq: 1 }));
      await runs.create(aPlannedRun({ _id: 'running', seq: 2 }));
      await runs.create(aPlannedRun({ _id: 'over', seq: 3, status: 'partial' }));
      await runs.create(aRun({ _id: 'other', seq: 1, instance_id: 'instance-2' }));
      await runs.create(aRun({ _id: 'foreign', seq: 1, tenant_id: 'acme' }));
      expect((await runs.openOfInstance(TENANCY, 'instance-1')).map(({ _id }) => _id)).toEqual(['open', 'running']);
    });

    it('that were pushed are known by the moment that they began', async () => {
      await runs.create(aRun({ _id: 'pushed', seq: 1, trigger: 'push', created_at: at(10) }));
      await runs.create(aRun({ _id: 'silent', seq: 2, trigger: 'schedule', created_at: at(20) }));
      expect(await runs.wasPushedSince(TENANCY, 'instance-1', at(10))).toBe(true);
      expect(await runs.wasPushedSince(TENANCY, 'instance-1', at(11))).toBe(false);
      expect(await runs.wasPushedSince(TENANCY, 'instance-2', at(0))).toBe(false);
      expect(await runs.wasPushedSince({ ...TENANCY, tenant_id: 'acme' }, 'instance-1', at(0))).toBe(false);
    });
  });

  describe('what follows a run that may be over', () => {
    it('is put into its outbox and moved on', async () => {
      await runs.create(aPlannedRun({ status: 'succeeded' }));
      await runs.follow(TENANCY, 'run-1', outcome.outbox);
      expect((await get())?.outbox).toEqual([]);
    });
  });
}
