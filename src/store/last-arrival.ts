import type { Db } from 'mongodb';
import type { Tenancy } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { ScanRun } from '../runs/run.ts';
import { collectionOf } from './database.ts';
import { SCAN_RUNS } from './scan-runs.ts';
import { within } from './tenancy.ts';

/** When an instance last sent something: the end of its newest push, or its begin where it has not ended. */
export async function lastArrival(db: Db, tenant: Tenancy, instance_id: string): Promise<IsoTime | undefined> {
  const [run] = await collectionOf<ScanRun>(db, SCAN_RUNS)
    .find({ ...within(tenant), instance_id, trigger: 'push' }, { projection: { created_at: 1, finished_at: 1 } })
    .sort({ seq: -1 })
    .limit(1)
    .toArray();
  return run?.finished_at ?? run?.created_at;
}
