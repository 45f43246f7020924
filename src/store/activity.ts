import { type Db, MongoBulkWriteError } from 'mongodb';
import type { ActivityValue, ActivityValues } from '../inventory/stores.ts';
import { derivedId } from '../kernel/ids.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';

interface StoredActivity extends ActivityValue {
  readonly _id: string;
  readonly tenant_id: string;
}

export const ACTIVITY: CollectionPlan = {
  name: 'activity',
  indexes: [{ key: { tenant_id: 1, entity_id: 1, name: 1 } }],
};

/** What changes by itself: the last value of each name of each entity. */
export function activityStore(db: Db) {
  const collection = collectionOf<StoredActivity>(db, ACTIVITY);

  return {
    async record(tenant_id: string, values: readonly ActivityValue[]): Promise<void> {
      const operations = values.map(({ entity_id, name, value, observed_at, run_id }) => ({
        updateOne: {
          filter: { _id: derivedId(tenant_id, entity_id, name), observed_at: { $lte: observed_at } },
          update: { $set: { tenant_id, entity_id, name, value, observed_at, run_id } },
          upsert: true,
        },
      }));
      try {
        await collection.bulkWrite(operations, { ordered: false });
      } catch (error) {
        // A later value is there, so that the filter finds nothing and the upsert meets its id: nothing to write.
        const expected = error instanceof MongoBulkWriteError && [error.writeErrors].flat().every(isDuplicateKey);
        if (!expected) throw error;
      }
    },

    /** All values of some entities. */
    ofEntities: (tenant_id: string, entity_ids: readonly string[]): Promise<readonly ActivityValue[]> =>
      collection
        .find<ActivityValue>({ tenant_id, entity_id: { $in: entity_ids } }, { projection: { _id: 0, tenant_id: 0 } })
        .sort({ entity_id: 1, name: 1 })
        .toArray(),

    async forgetEntities(tenant_id: string, entity_ids: readonly string[]): Promise<void> {
      await collection.deleteMany({ tenant_id, entity_id: { $in: entity_ids } });
    },
  } satisfies ActivityValues & Record<string, unknown>;
}

export type ActivityStore = ReturnType<typeof activityStore>;
