import type { Db } from 'mongodb';
import type { Tenancy } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { BatchResult, PushBatch } from '../runs/push-batch.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';
import { within } from './tenancy.ts';

export const PUSH_BATCHES: CollectionPlan = {
  name: 'push_batches',
  indexes: [{ key: { tenant_id: 1, workspace_id: 1, run_id: 1, _id: 1 } }],
};

/** What was pushed into runs, batch by batch: what became of it, not the content. */
export function pushBatchStore(db: Db) {
  const collection = collectionOf<PushBatch>(db, PUSH_BATCHES);
  return {
    async get(tenant: Tenancy, id: string): Promise<PushBatch | undefined> {
      return (await collection.findOne({ ...within(tenant), _id: id })) ?? undefined;
    },

    /** Writes a batch that is not there yet, and gives the one that is there then. */
    async begin(batch: PushBatch): Promise<PushBatch> {
      try {
        await collection.insertOne({ ...batch });
        return batch;
      } catch (error) {
        const present = isDuplicateKey(error) ? await this.get(batch, batch._id) : undefined;
        if (present) return present;
        throw error;
      }
    },

    /** Notes what a batch came to: the first word stands. */
    async finish(tenant: Tenancy, id: string, result: BatchResult, at: IsoTime): Promise<void> {
      await collection.updateOne(
        { ...within(tenant), _id: id, done_at: { $exists: false } },
        { $set: { result, done_at: at } },
      );
    },

    /** Every batch of a run, in the order of their numbers. */
    ofRun: (tenant: Tenancy, run_id: string): AsyncIterable<PushBatch> =>
      collection.find({ ...within(tenant), run_id }, { sort: { _id: 1 }, batchSize: 100 }),
  };
}

export type PushBatchStore = ReturnType<typeof pushBatchStore>;
