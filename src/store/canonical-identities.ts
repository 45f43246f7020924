import type { Db, Filter } from 'mongodb';
import type { Visibility } from '../kernel/ids.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { StitchedIdentity } from '../stitch/stitched-identity.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { stitchedStore } from './stitched.ts';
import { visibleTo } from './visible.ts';

export const CANONICAL_IDENTITIES: CollectionPlan = {
  name: 'canonical_identities',
  indexes: [
    { key: { tenant_id: 1, _id: 1 } },
    { key: { tenant_id: 1, entity_type: 1, _id: 1 } },
    { key: { tenant_id: 1, 'source_records.identity_id': 1 } },
    { key: { tenant_id: 1, 'source_records.id': 1 } },
  ],
};

/** What of the identities is asked for; a field that is left out restricts nothing. */
export interface IdentityQuery {
  readonly entity_type?: EntityType | undefined;
  /** A source system that has one of its records. */
  readonly source_system_id?: string | undefined;
  /** A rule that joins some of it. */
  readonly rule?: string | undefined;
  /** Id of an entity that is one of its records. */
  readonly entity?: string | undefined;
}

/** Entities that are one. */
export function canonicalIdentityStore(db: Db) {
  const collection = collectionOf<StitchedIdentity>(db, CANONICAL_IDENTITIES);
  return {
    ...stitchedStore<StitchedIdentity>(db, CANONICAL_IDENTITIES),

    /** Identities of which the caller sees every record, in the order of their ids. */
    async list(
      whose: Visibility,
      { entity_type, source_system_id, rule, entity }: IdentityQuery,
      limit: number,
      after?: string,
    ): Promise<readonly StitchedIdentity[]> {
      const filter: Filter<StitchedIdentity> = {
        ...visibleTo(whose),
        ...(entity_type !== undefined && { entity_type }),
        ...(source_system_id !== undefined && { 'source_records.source_system_id': source_system_id }),
        ...(rule !== undefined && { rules: rule }),
        ...(entity !== undefined && { 'source_records.id': entity }),
        ...(after !== undefined && { _id: { $gt: after } }),
      };
      return collection.find(filter).sort({ _id: 1 }).limit(limit).toArray();
    },

    /** An identity by its id, or by one that it had or would have with another of its records in front. */
    async get(whose: Visibility, id: string): Promise<StitchedIdentity | undefined> {
      const present = await collection.findOne({ ...visibleTo(whose), _id: id });
      return (
        present ?? (await collection.findOne({ ...visibleTo(whose), 'source_records.identity_id': id })) ?? undefined
      );
    },
  };
}

export type CanonicalIdentityStore = ReturnType<typeof canonicalIdentityStore>;
