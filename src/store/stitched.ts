import type { Db } from 'mongodb';
import type { TenantId } from '../kernel/ids.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { STREAMED } from './stream.ts';
import type { Seen } from './visible.ts';

/** What the stitch writes: equal hashes, equal documents. */
export interface Hashed extends Seen {
  readonly content_hash: string;
}

/** The part of a store that everything stitched shares: read by hash, written as a whole. `standing`: which documents count as found. */
export function stitchedStore<D extends Hashed>(
  db: Db,
  plan: CollectionPlan,
  standing: Readonly<Record<string, string>> = {},
) {
  const collection = collectionOf<Hashed>(db, plan);
  return {
    /** Hashes of all that stands of a tenant, by id. */
    async hashes(tenant_id: TenantId): Promise<ReadonlyMap<string, string>> {
      const rows = collection.find({ tenant_id, ...standing }, { ...STREAMED, projection: { content_hash: 1 } });
      const hashes = new Map<string, string>();
      for await (const row of rows) hashes.set(row._id, row.content_hash);
      return hashes;
    },

    getMany: (tenant_id: TenantId, ids: readonly string[]): Promise<readonly D[]> =>
      collection.find<D>({ tenant_id, _id: { $in: [...ids] } }).toArray(),

    /** Writes documents, each in the place of what was stored under its id. */
    async put(tenant_id: TenantId, documents: readonly D[]): Promise<void> {
      if (documents.length === 0) return;
      await collection.bulkWrite(
        documents.map((document) => ({
          replaceOne: { filter: { _id: document._id, tenant_id }, replacement: document, upsert: true },
        })),
        { ordered: false },
      );
    },

    async remove(tenant_id: TenantId, ids: readonly string[]): Promise<void> {
      if (ids.length > 0) await collection.deleteMany({ tenant_id, _id: { $in: [...ids] } });
    },
  };
}
