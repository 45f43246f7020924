import { beforeEach, expect, it } from 'vitest';
import { lastArrival } from '../../src/store/last-arrival.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { aRun, at, TENANCY } from '../runs/builders.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
beforeEach(async () => {
  const runs = scanRunStore(db());
  const pushed = { instance_id: 'push-1', trigger: 'push', status: 'succeeded' } as const;
  await runs.create(aRun({ ...pushed, _id: 'run-1', seq: 1, created_at: at(0), finished_at: at(10) }));
  await runs.create(aRun({ ...pushed, _id: 'run-2', seq: 2, created_at: at(60), finished_at: at(70) }));
  // A schedule that finds nothing has arrived makes a run, too.
  await runs.create(aRun({ ...pushed, _id: 'run-3', seq: 3, trigger: 'schedule', created_at: at(120) }));
  await runs.create(aRun({ ...pushed, _id: 'run-4', instance_id: 'push-2', seq: 1, created_at: at(180) }));
  await runs.create(aRun({ ...pushed, _id: 'run-5', tenant_id: 'acme', seq: 9, created_at: at(240) }));
});

it('of an instance is the end of the newest push, its own and of its tenant', async () => {
  expect(await lastArrival(db(), TENANCY, 'push-1')).toBe(at(70));
});

it('of a push that has not ended is its begin', async () => {
  expect(await lastArrival(db(), TENANCY, 'push-2')).toBe(at(180));
});

it('is not there where nothing was pushed, or for another workspace', async () => {
  expect(await lastArrival(db(), TENANCY, 'push-3')).toBeUndefined();
  expect(await lastArrival(db(), { ...TENANCY, workspace_id: 'payments' }, 'push-1')).toBeUndefined();
});
