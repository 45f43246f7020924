import type { Db } from 'mongodb';
import type { Visibility } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { ConnectorSync, SyncOutcome } from '../runs/push-report.ts';
import type { ScanRun } from '../runs/run.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';
import { within } from './tenancy.ts';

export const CONNECTOR_SYNCS: CollectionPlan = {
  name: 'connector_syncs',
  indexes: [{ key: { tenant_id: 1, workspace_id: 1, received_at: -1, _id: -1 } }, { key: { status: 1, _id: 1 } }],
};

/** Where a page of syncs, newest first, goes on. */
export interface SyncCursor {
  readonly received_at: IsoTime;
  readonly _id: string;
}

/** Reports of source systems, and what became of them. */
export function connectorSyncStore(db: Db) {
  const collection = collectionOf<ConnectorSync>(db, CONNECTOR_SYNCS);
  return {
    /** Writes a sync that is not there yet, and gives the one that is there then. */
    async begin(sync: ConnectorSync): Promise<ConnectorSync> {
      try {
        await collection.insertOne({ ...sync });
        return sync;
      } catch (error) {
        const present = isDuplicateKey(error)
          ? await collection.findOne({ ...within(sync), _id: sync._id })
          : undefined;
        if (present) return present;
        throw error;
      }
    },

    /** Notes how the run of a sync came out; nothing for a run that was not one report. */
    async finish(run: ScanRun, { status, counts, errors }: SyncOutcome): Promise<void> {
      await collection.updateOne({ ...within(run), _id: run._id }, { $set: { status, counts, errors } });
    },

    /** Syncs of all tenants that do not say yet how their run came out: for the tick. */
    async open(limit: number): Promise<readonly ConnectorSync[]> {
      return collection.find({ status: 'running' }).sort({ _id: 1 }).limit(limit).toArray();
    },

    /** Syncs, newest first. */
    async list(whose: Visibility, limit: number, after?: SyncCursor): Promise<readonly ConnectorSync[]> {
      const page =
        after === undefined
          ? {}
          : {
              $or: [
                { received_at: { $lt: after.received_at } },
                { received_at: after.received_at, _id: { $lt: after._id } },
              ],
            };
      return collection
        .find({ ...within(whose), ...page })
        .sort({ received_at: -1, _id: -1 })
        .limit(limit)
        .toArray();
    },
  };
}

export type ConnectorSyncStore = ReturnType<typeof connectorSyncStore>;
