import type { Db } from 'mongodb';
import { hashOf } from '../kernel/canonical.ts';
import type { TenantId, Visibility } from '../kernel/ids.ts';
import type { IdentityMember } from '../stitch/stitched-identity.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { STREAMED } from './stream.ts';
import { visibleTo } from './visible.ts';

export const IDENTITY_MEMBERS: CollectionPlan = {
  name: 'identity_members',
  indexes: [{ key: { tenant_id: 1, _id: 1 } }],
};

/** Of which identity an entity is a record: joined when entities are read, so that stitching touches no entity. */
export function identityMemberStore(db: Db) {
  const collection = collectionOf<IdentityMember>(db, IDENTITY_MEMBERS);
  return {
    /** A hash of each membership, by entity. */
    async hashes(tenant_id: TenantId): Promise<ReadonlyMap<string, string>> {
      const hashes = new Map<string, string>();
      for await (const row of collection.find({ tenant_id }, STREAMED)) hashes.set(row._id, hashOf(row));
      return hashes;
    },

    async put(tenant_id: TenantId, documents: readonly IdentityMember[]): Promise<void> {
      if (documents.length === 0) return;
      await collection.bulkWrite(
        documents.map((replacement) => ({
          replaceOne: { filter: { _id: replacement._id, tenant_id }, replacement, upsert: true },
        })),
        { ordered: false },
      );
    },

    async remove(tenant_id: TenantId, entity_ids: readonly string[]): Promise<void> {
      if (entity_ids.length > 0) await collection.deleteMany({ tenant_id, _id: { $in: [...entity_ids] } });
    },

    /** `canonical_identity_id` of each of these entities that has one of which the caller sees every record. */
    async ofEntities(whose: Visibility, entity_ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
      const rows = await collection.find({ ...visibleTo(whose), _id: { $in: [...entity_ids] } }).toArray();
      return new Map(rows.map(({ _id, canonical_identity_id }) => [_id, canonical_identity_id]));
    },
  };
}

export type IdentityMemberStore = ReturnType<typeof identityMemberStore>;
