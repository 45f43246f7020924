import type { Db } from 'mongodb';
import type { Entity } from '../inventory/entity.ts';
import type { InventoryEntities, Standing } from '../inventory/stores.ts';
import { CLAIMED_INDEXES, claimedStore, type StoredClaims } from './claimed.ts';
import { type CollectionPlan, collectionOf } from './database.ts';

export const ENTITIES: CollectionPlan = {
  name: 'entities',
  indexes: [
    ...CLAIMED_INDEXES,
    { key: { tenant_id: 1, entity_type: 1, _id: 1 } },
    { key: { tenant_id: 1, source_record_id: 1 } },
  ],
};

/** Everything that we believe exists. */
export function entityStore(db: Db) {
  const collection = collectionOf<StoredClaims>(db, ENTITIES);
  return {
    ...claimedStore<Entity>(collection),

    async standing(tenant_id: string, ids: readonly string[]): Promise<readonly Standing[]> {
      const rows = await collection
        .find<Pick<Entity, '_id' | 'entity_type' | 'retired_at'> & { readonly claims: readonly unknown[] }>(
          { tenant_id, _id: { $in: ids } },
          { projection: { entity_type: 1, retired_at: 1, 'claims.seq': 1 } },
        )
        .toArray();
      return rows.map(({ _id, entity_type, retired_at, claims }) => ({
        _id,
        entity_type,
        status: retired_at ? 'retired' : claims.length > 0 ? 'claimed' : 'far_end',
      }));
    },
  } satisfies InventoryEntities & Record<string, unknown>;
}

export type EntityStore = ReturnType<typeof entityStore>;
