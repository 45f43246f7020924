import type { Db, Filter } from 'mongodb';
import type { Edge, EdgeEnd } from '../inventory/edge.ts';
import type { EdgeHeads, InventoryEdges } from '../inventory/stores.ts';
import type { Visibility } from '../kernel/ids.ts';
import type { EdgeType } from '../observations/entity-types.ts';
import { CLAIMED_INDEXES, claimedStore, HEADS, LIVE, type StoredClaims } from './claimed.ts';
import { type CollectionPlan, collectionOf } from './database.ts';

export const EDGES: CollectionPlan = {
  name: 'edges',
  indexes: [
    ...CLAIMED_INDEXES,
    { key: { tenant_id: 1, 'from.id': 1, _id: 1 } },
    { key: { tenant_id: 1, 'to.id': 1, _id: 1 } },
  ],
};

/** Which edges of an entity; a field that is left out restricts nothing. */
export interface EdgeQuery {
  /** `out`: that begin at it. `in`: that end at it. */
  readonly direction?: 'out' | 'in' | undefined;
  readonly edge_type?: EdgeType | undefined;
}

/** An edge without what its claimants said one by one, and whose they are. */
export type ListedEdge = Omit<Edge, 'claims' | 'workspace_ids'>;

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

    /** Live edges at an entity that an instance of the caller's workspaces claims, in the order of their ids. */
    ofEntity: (
      whose: Visibility,
      entity_id: string,
      query: EdgeQuery,
      limit: number,
      after?: string,
    ): Promise<readonly ListedEdge[]> =>
      collection
        .find<ListedEdge>(
          {
            ...seenAt(whose, entity_id, query),
            ...(query.edge_type !== undefined && { edge_type: query.edge_type }),
            ...(after !== undefined && { _id: { $gt: after } }),
          },
          { projection: { claims: 0, workspace_ids: 0 } },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),

    /** Whether an edge that the caller sees names an entity. */
    isNamed: async (whose: Visibility, entity_id: string): Promise<boolean> =>
      (await collection.findOne(seenAt(whose, entity_id, {}), { projection: { _id: 1 } })) !== null,
  } satisfies InventoryEdges & Record<string, unknown>;
}

export type EdgeStore = ReturnType<typeof edgeStore>;

const seenAt = (whose: Visibility, id: string, { direction }: EdgeQuery): Filter<StoredClaims> => ({
  tenant_id: whose.tenant_id,
  ...(direction === undefined
    ? { $or: [{ 'from.id': id }, { 'to.id': id }] }
    : { [direction === 'out' ? 'from.id' : 'to.id']: id }),
  workspace_ids: { $in: [...whose.workspace_ids] },
  ...LIVE,
});
