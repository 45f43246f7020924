import type { Db } from 'mongodb';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import type { Tenancy, Visibility } from '../kernel/ids.ts';
import type { ScanRun } from '../runs/run.ts';
import { CONNECTOR_INSTANCES, type StoredInstance } from './connector-instances.ts';
import { collectionOf } from './database.ts';
import { SCAN_RUNS } from './scan-runs.ts';
import { within } from './tenancy.ts';

/** What only pushing asks of instances and runs. */
export function pushSourceStore(db: Db) {
  const instances = collectionOf<StoredInstance>(db, CONNECTOR_INSTANCES);
  const runs = collectionOf<ScanRun>(db, SCAN_RUNS);
  return {
    /** Active push instances that speak for a source system, in the order of their ids. */
    speakersFor: (whose: Visibility, source_system_id: string): Promise<readonly ConnectorInstance[]> =>
      instances
        .find(
          { ...within(whose), connector_kind: 'push', status: 'active', source_system_ids: source_system_id },
          { projection: { outbox: 0 } },
        )
        .sort({ _id: 1 })
        .toArray(),

    /** The latest run of an instance that was started after the one with this number. */
    async newerRun(tenant: Tenancy, instance_id: string, seq: number): Promise<string | undefined> {
      const [newest] = await runs
        .find({ ...within(tenant), instance_id, seq: { $gt: seq } }, { projection: { _id: 1 } })
        .sort({ seq: -1 })
        .limit(1)
        .toArray();
      return newest?._id;
    },

    /** Push runs that are not over and have no plan yet, oldest first. */
    openPushRuns: (limit: number): Promise<readonly ScanRun[]> =>
      runs
        .find({ status: 'running', trigger: 'push', planned_at: { $exists: false } })
        .sort({ created_at: 1, _id: 1 })
        .limit(limit)
        .toArray(),
  };
}

export type PushSourceStore = ReturnType<typeof pushSourceStore>;
