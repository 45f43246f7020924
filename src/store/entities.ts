import type { Db, Filter } from 'mongodb';
import type { Entity } from '../inventory/entity.ts';
import type { InventoryEntities, Standing } from '../inventory/stores.ts';
import type { AccountId, Visibility } from '../kernel/ids.ts';
import type { EntityType } from '../observations/entity-types.ts';
import { CLAIMED_INDEXES, claimedStore, LIVE, type StoredClaims } from './claimed.ts';
import { type CollectionPlan, collectionOf } from './database.ts';

export const ENTITIES: CollectionPlan = {
  name: 'entities',
  indexes: [
    ...CLAIMED_INDEXES,
    { key: { tenant_id: 1, entity_type: 1, _id: 1 } },
    { key: { tenant_id: 1, source_record_id: 1 } },
    { key: { tenant_id: 1, source_system_id: 1, _id: 1 } },
    { key: { tenant_id: 1, display_name: 1, _id: 1 } },
  ],
};

/** Which entities of those that are seen; a field that is left out restricts nothing. */
export interface EntityQuery {
  readonly entity_type?: EntityType | undefined;
  readonly source_system_id?: string | undefined;
  readonly source_record_id?: string | undefined;
  /** The AWS account that it lives in. */
  readonly account?: AccountId | undefined;
  /** How its name begins. */
  readonly display_name_prefix?: string | undefined;
  /** A connector instance that claims it. */
  readonly instance_id?: string | undefined;
  /** Only what is retired; without it, only what is not. */
  readonly retired?: boolean | undefined;
}

/** An entity as lists have it: without what tells its properties and who says so. */
export type ListedEntity = Omit<
  Entity,
  'claims' | 'workspace_ids' | 'properties' | 'property_provenance' | 'lineage_records'
> & { readonly observed: boolean };

/** An entity without what its claimants said one by one. */
export type WholeEntity = Omit<Entity, 'claims'>;

const LISTED = { claims: 0, workspace_ids: 0, properties: 0, property_provenance: 0, lineage_records: 0 } as const;

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

    /** Entities that an instance of the caller's workspaces claims, in the order of their ids. */
    async list(whose: Visibility, query: EntityQuery, limit: number, after?: string): Promise<readonly ListedEntity[]> {
      const rows = await collection
        .find<Omit<ListedEntity, 'observed'>>(filterOf(whose, query, after), { projection: LISTED })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      // What an instance claims, it has seen.
      return rows.map((row) => ({ ...row, observed: true }));
    },

    /** One of the tenant's, whoever claims it: whether the caller may see it is for whoever asks to decide. */
    async whole(tenant_id: string, id: string): Promise<WholeEntity | undefined> {
      const found = await collection.findOne<WholeEntity>({ tenant_id, _id: id }, { projection: { claims: 0 } });
      return found ?? undefined;
    },

    /** Those of some entities that others claim and nobody of the caller's workspaces does. */
    async hiddenFrom(whose: Visibility, ids: readonly string[]): Promise<ReadonlySet<string>> {
      const { tenant_id, workspace_ids } = whose;
      const claimed = { 'workspace_ids.0': { $exists: true }, workspace_ids: { $nin: [...workspace_ids] } };
      const rows = await collection
        .find({ tenant_id, _id: { $in: ids }, ...claimed }, { projection: { _id: 1 } })
        .toArray();
      return new Set(rows.map(({ _id }) => _id));
    },

    /** How those of some entities that the caller sees are called, by id. */
    async names(whose: Visibility, ids: readonly string[]): Promise<ReadonlyMap<string, EntityNaming>> {
      const rows = await collection
        .find<EntityNaming & { readonly _id: string }>(
          { tenant_id: whose.tenant_id, _id: { $in: ids }, workspace_ids: { $in: whose.workspace_ids } },
          { projection: { display_name: 1, entity_type: 1 } },
        )
        .toArray();
      return new Map(rows.map(({ _id, ...naming }) => [_id, naming]));
    },
  } satisfies InventoryEntities & Record<string, unknown>;
}

export type EntityStore = ReturnType<typeof entityStore>;

/** How an entity is called, by itself. */
export type EntityNaming = Pick<Entity, 'display_name' | 'entity_type'>;

function filterOf(whose: Visibility, query: EntityQuery, after: string | undefined): Filter<StoredClaims> {
  const { entity_type, source_system_id, source_record_id, account, display_name_prefix, instance_id } = query;
  return {
    tenant_id: whose.tenant_id,
    workspace_ids: { $in: [...whose.workspace_ids] },
    ...(query.retired === true ? { retired_at: { $exists: true } } : LIVE),
    ...(entity_type !== undefined && { entity_type }),
    ...(source_system_id !== undefined && { source_system_id }),
    ...(source_record_id !== undefined && { source_record_id }),
    ...(account !== undefined && { $or: livesIn(account) }),
    ...(display_name_prefix !== undefined && { display_name: beginningWith(display_name_prefix) }),
    ...(instance_id !== undefined && { connector_owners: instance_id }),
    ...(after !== undefined && { _id: { $gt: after } }),
  };
}

/** By its ARN; an ARN without an account (a bucket's) is its partition's, and the entity itself names the account. */
const livesIn = (account: AccountId): Filter<StoredClaims>[] => [
  { source_system_id: `aws:${account}` },
  { source_system_id: { $in: ['aws:aws', 'aws:aws-cn', 'aws:aws-us-gov'] }, 'properties.account_id': account },
];

/** As a range and not as a pattern: an index answers it, and no text that a caller sends is read as one. */
const beginningWith = (prefix: string) => ({ $gte: prefix, $lt: `${prefix}\u{10ffff}` });
