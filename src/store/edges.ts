import type { Db } from 'mongodb';
import type { Edge } from '../inventory/edge.ts';
import type { InventoryEdges, Naming } from '../inventory/stores.ts';
import { CLAIMED_INDEXES, claimedStore, LIVE, type StoredClaims } from './claimed.ts';
import { type CollectionPlan, collectionOf } from './database.ts';

export const EDGES: CollectionPlan = {
  name: 'edges',
  indexes: [
    ...CLAIMED_INDEXES,
    { key: { tenant_id: 1, 'from.id': 1, retired_at: 1, 'from.entity_type': 1 } },
    { key: { tenant_id: 1, 'to.id': 1, retired_at: 1, 'to.entity_type': 1 } },
  ],
};

/** Every relation that we believe holds. */
export function edgeStore(db: Db) {
  const collection = collectionOf<StoredClaims>(db, EDGES);

  const namedAs = async (end: 'from' | 'to', tenant_id: string, ids: readonly string[]): Promise<readonly Naming[]> => {
    const rows = await collection
      .aggregate<{ readonly _id: Naming }>([
        { $match: { tenant_id, [`${end}.id`]: { $in: ids }, ...LIVE } },
        { $group: { _id: { id: `$${end}.id`, entity_type: `$${end}.entity_type` } } },
      ])
      .toArray();
    return rows.map(({ _id }) => _id);
  };

  return {
    ...claimedStore<Edge>(collection),

    async namings(tenant_id: string, ids: readonly string[]): Promise<readonly Naming[]> {
      return [...(await namedAs('from', tenant_id, ids)), ...(await namedAs('to', tenant_id, ids))];
    },
  } satisfies InventoryEdges & Record<string, unknown>;
}

export type EdgeStore = ReturnType<typeof edgeStore>;
