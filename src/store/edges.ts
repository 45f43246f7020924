import type { Db } from 'mongodb';
import type { Edge, EdgeEnd } from '../inventory/edge.ts';
import type { EdgeHeads, InventoryEdges } from '../inventory/stores.ts';
import { CLAIMED_INDEXES, claimedStore, HEADS, LIVE, type StoredClaims } from './claimed.ts';
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

  /** One row for each id and type: an entity may be named by very many edges. */
  const namedAs = async (
    end: 'from' | 'to',
    tenant_id: string,
    ids: readonly string[],
  ): Promise<readonly EdgeEnd[]> => {
    const rows = await collection
      .aggregate<{ readonly end: EdgeEnd }>([
        { $match: { tenant_id, [`${end}.id`]: { $in: ids }, ...LIVE } },
        { $group: { _id: { id: `$${end}.id`, entity_type: `$${end}.entity_type` }, end: { $first: `$${end}` } } },
      ])
      .toArray();
    return rows.map((row) => row.end);
  };

  return {
    ...claimedStore<Edge>(collection),

    claimHeads: (tenant_id: string, ids: readonly string[]): Promise<readonly EdgeHeads[]> =>
      collection
        .find<EdgeHeads>({ tenant_id, _id: { $in: ids } }, { projection: { ...HEADS, from: 1, to: 1 } })
        .toArray(),

    async namings(tenant_id: string, ids: readonly string[]): Promise<readonly EdgeEnd[]> {
      return [...(await namedAs('from', tenant_id, ids)), ...(await namedAs('to', tenant_id, ids))];
    },
  } satisfies InventoryEdges & Record<string, unknown>;
}

export type EdgeStore = ReturnType<typeof edgeStore>;
