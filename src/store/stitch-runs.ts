import type { Db } from 'mongodb';
import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { StitchRun } from '../stitch/stitch-run.ts';
import { type CollectionPlan, collectionOf } from './database.ts';

export const STITCH_RUNS: CollectionPlan = {
  name: 'stitch_runs',
  indexes: [
    { key: { tenant_id: 1, started_at: -1, _id: -1 } },
    { key: { tenant_id: 1, _id: 1 } },
    { key: { tenant_id: 1, generation: 1 } },
  ],
};

/** Where a page of stitch runs, newest first, goes on. */
export interface StitchRunCursor {
  readonly started_at: IsoTime;
  readonly _id: string;
}

export function stitchRunStore(db: Db) {
  const collection = collectionOf<StitchRun>(db, STITCH_RUNS);
  return {
    /** Writes a run, in the place of what a stitch of the same generation recorded that was killed right after. */
    async record(run: StitchRun): Promise<void> {
      await collection.replaceOne({ _id: run._id, tenant_id: run.tenant_id }, run, { upsert: true });
    },

    /** The stitch that came to its end having read a generation. */
    async ofGeneration(tenant_id: TenantId, generation: number): Promise<StitchRun | undefined> {
      return (await collection.findOne({ tenant_id, generation, outcome: 'stitched' })) ?? undefined;
    },

    async get(tenant_id: TenantId, id: string): Promise<StitchRun | undefined> {
      return (await collection.findOne({ tenant_id, _id: id })) ?? undefined;
    },

    /** Stitch runs of a tenant, newest first. */
    async list(tenant_id: TenantId, limit: number, after?: StitchRunCursor): Promise<readonly StitchRun[]> {
      const page =
        after === undefined
          ? {}
          : {
              $or: [
                { started_at: { $lt: after.started_at } },
                { started_at: after.started_at, _id: { $lt: after._id } },
              ],
            };
      return collection
        .find({ tenant_id, ...page })
        .sort({ started_at: -1, _id: -1 })
        .limit(limit)
        .toArray();
    },
  };
}

export type StitchRunStore = ReturnType<typeof stitchRunStore>;
