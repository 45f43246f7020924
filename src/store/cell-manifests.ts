import type { Db } from 'mongodb';
import type { ManifestEntry } from '../inventory/manifest.ts';
import type { Manifests } from '../inventory/stores.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { STREAMED } from './stream.ts';

export const CELL_MANIFESTS: CollectionPlan = {
  name: 'cell_manifests',
  indexes: [{ key: { tenant_id: 1, cell_id: 1, part: 1, _id: 1 } }],
};

/** What each cell saw, by id: kept until the cell has closed and its removal is not held. */
export function cellManifestStore(db: Db) {
  const collection = collectionOf<ManifestEntry>(db, CELL_MANIFESTS);
  return {
    async restart(tenant_id: string, cell_id: string, part: number): Promise<void> {
      await collection.deleteMany({ tenant_id, cell_id, part: { $gte: part } });
    },

    async restartAlone(tenant_id: string, cell_id: string, part: number): Promise<void> {
      await collection.deleteMany({ tenant_id, cell_id, part });
    },

    async note(entry: ManifestEntry): Promise<void> {
      await collection.insertOne(entry);
    },

    countEntries: (tenant_id: string, cell_id: string): Promise<number> =>
      collection.countDocuments({ tenant_id, cell_id }),

    entriesOf: (tenant_id: string, cell_id: string): AsyncIterable<ManifestEntry> =>
      collection.find({ tenant_id, cell_id }, STREAMED),

    /** Forgets a cell that has closed for good. */
    async discard(tenant_id: string, cell_id: string): Promise<void> {
      await collection.deleteMany({ tenant_id, cell_id });
    },
  } satisfies Manifests & Record<string, unknown>;
}

export type CellManifestStore = ReturnType<typeof cellManifestStore>;
