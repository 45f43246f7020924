import type { Db, Filter } from 'mongodb';
import type { TenantId, Visibility } from '../kernel/ids.ts';
import type { StitchedPath } from '../stitch/stitched-path.ts';
import { type CollectionPlan, collectionOf } from './database.ts';

export const STITCHED_PATHS: CollectionPlan = {
  name: 'stitched_paths',
  indexes: [
    { key: { tenant_id: 1, _id: 1 } },
    { key: { tenant_id: 1, 'workload.source_record_id': 1, _id: 1 } },
    { key: { tenant_id: 1, 'resource.source_record_id': 1, _id: 1 } },
  ],
};

/** What of the paths is asked for; a field that is left out restricts nothing. */
export interface PathQuery {
  /** Source record (ARN) of the workload. */
  readonly workload?: string | undefined;
  /** Source record (ARN) of the resource. */
  readonly resource?: string | undefined;
  readonly crosses_account_boundary?: boolean | undefined;
}

export function stitchedPathStore(db: Db) {
  const collection = collectionOf<StitchedPath>(db, STITCHED_PATHS);
  return {
    /** Hashes of all stored paths of a tenant, by id. */
    async hashes(tenant_id: TenantId): Promise<ReadonlyMap<string, string>> {
      const rows = collection.find({ tenant_id }, { projection: { content_hash: 1 } }).sort({ _id: 1 });
      const hashes = new Map<string, string>();
      for await (const row of rows) hashes.set(row._id, row.content_hash);
      return hashes;
    },

    /** Writes paths, each in the place of what was stored under its id. */
    async put(tenant_id: TenantId, paths: readonly StitchedPath[]): Promise<void> {
      if (paths.length === 0) return;
      await collection.bulkWrite(
        paths.map((path) => ({
          replaceOne: { filter: { _id: path._id, tenant_id }, replacement: path, upsert: true },
        })),
        { ordered: false },
      );
    },

    async remove(tenant_id: TenantId, ids: readonly string[]): Promise<void> {
      if (ids.length > 0) await collection.deleteMany({ tenant_id, _id: { $in: [...ids] } });
    },

    /** Paths of which the caller sees every member, in the order of their ids. */
    async list(whose: Visibility, query: PathQuery, limit: number, after?: string): Promise<readonly StitchedPath[]> {
      return collection
        .find(filterOf(whose, query, after))
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    async get(whose: Visibility, id: string): Promise<StitchedPath | undefined> {
      return (await collection.findOne({ ...filterOf(whose, {}), _id: id })) ?? undefined;
    },
  };
}

export type StitchedPathStore = ReturnType<typeof stitchedPathStore>;

const filterOf = (whose: Visibility, query: PathQuery, after?: string): Filter<StitchedPath> => ({
  tenant_id: whose.tenant_id,
  members: { $not: { $elemMatch: { workspace_ids: { $nin: [...whose.workspace_ids] } } } },
  ...(query.workload !== undefined && { 'workload.source_record_id': query.workload }),
  ...(query.resource !== undefined && { 'resource.source_record_id': query.resource }),
  ...(query.crosses_account_boundary !== undefined && { crosses_account_boundary: query.crosses_account_boundary }),
  ...(after !== undefined && { _id: { $gt: after } }),
});
