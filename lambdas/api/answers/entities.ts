import * as z from 'zod';
import type { LineageRecord, Provenance } from '../../../src/inventory/merge.ts';
import type { ActivityValue } from '../../../src/inventory/stores.ts';
import { EDGE_TYPES } from '../../../src/observations/entity-types.ts';
import type { CorrelationKey } from '../../../src/observations/observation.ts';
import type { ListedEdge } from '../../../src/store/edges.ts';
import type { ListedEntity, WholeEntity } from '../../../src/store/entities.ts';
import { AnyJson, exactly, Time } from './exactly.ts';
import { LINEAGE, TypeOfEntity } from './paths.ts';

/** What the stitch knows of an entity, joined when it is read. */
interface Joined {
  /** The identity that it is one record of, where the caller sees every other one. */
  readonly canonical_identity_id?: string;
}

export type ShownListedEntity = ListedEntity & Joined;

/** A value that changes by itself, of the entity that it is shown with. */
export type ShownActivity = Omit<ActivityValue, 'entity_id'>;

/** An entity as callers see it: which workspaces else claim it is not theirs to know. */
export type ShownEntity = Omit<WholeEntity, 'workspace_ids'> &
  Joined & {
    readonly observed: boolean;
    readonly activity: readonly ShownActivity[];
  };

/** One end of an edge, named. */
export interface ShownEnd {
  readonly id: string;
  readonly entity_type: WholeEntity['entity_type'];
  readonly source_system_id: string;
  readonly source_record_id: string;
  /** The record's id where the caller does not see the entity. */
  readonly display_name: string;
}

export type ShownEdge = Omit<ListedEdge, 'from' | 'to'> & { readonly from: ShownEnd; readonly to: ShownEnd };

const Key = exactly<CorrelationKey>()(z.strictObject({ kind: z.string(), value: z.string() }));

const ProvenanceAnswer = exactly<Provenance>()(
  z.strictObject({
    connector_id: z.string(),
    source_record_id: z.string(),
    observed_at: Time,
    run_id: z.string(),
    cell: z.string(),
    api: z.string().describe('The call that showed it'),
  }),
).meta({ id: 'Provenance' });

/** Where a property's value comes from, and where a record was read. */
export const PROVENANCE = {
  properties: z.record(z.string(), AnyJson),
  property_provenance: z.record(z.string(), ProvenanceAnswer).describe('Of each property: who says so, and since when'),
};

const Lineage = exactly<LineageRecord>()(z.strictObject(LINEAGE)).meta({ id: 'LineageRecord' });

const LISTED = {
  _id: z.string(),
  tenant_id: z.string(),
  entity_type: TypeOfEntity,
  display_name: z.string(),
  source_system_id: z.string(),
  source_record_id: z.string().describe("The ARN, or the source's own immutable id"),
  sourceFingerprint: z.string(),
  connector_owners: z.array(z.string()).describe('Connector instances that claim it'),
  correlationKeys: z.array(Key).describe('By which it can be known in other systems'),
  version: z.int(),
  retired_at: Time.exactOptional().describe('Since when nobody claims or names it'),
  observed: z.boolean().describe('False where others name it and nobody has seen it'),
  canonical_identity_id: z
    .string()
    .exactOptional()
    .describe('The identity that it is one record of, where you see all of them'),
};

/** An entity in lists. */
export const ListedEntityAnswer = exactly<ShownListedEntity>()(z.strictObject(LISTED)).meta({ id: 'ListedEntity' });

const Activity = exactly<ShownActivity>()(
  z.strictObject({ name: z.string(), value: AnyJson, observed_at: Time, run_id: z.string() }),
).meta({ id: 'Activity' });

/** Everything that is believed of one entity, and why. */
export const EntityAnswer = exactly<ShownEntity>()(
  z.strictObject({
    ...LISTED,
    ...PROVENANCE,
    lineage_records: z.array(Lineage),
    activity: z.array(Activity).describe('What changes by itself: `exec30` is how often it ran in thirty days'),
  }),
).meta({ id: 'Entity' });

const End = exactly<ShownEnd>()(
  z.strictObject({
    id: z.string(),
    entity_type: TypeOfEntity,
    source_system_id: z.string(),
    source_record_id: z.string(),
    display_name: z.string().describe('`source_record_id` where you do not see the entity itself'),
  }),
).meta({ id: 'EdgeEnd' });

/** A relation that a source states. */
export const EdgeAnswer = exactly<ShownEdge>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    edge_type: z.enum(EDGE_TYPES),
    from: End,
    to: End,
    source_system_id: z.string(),
    source_record_id: z.string(),
    source_field_path: z.string().describe('Where in the record it is stated'),
    sourceFingerprint: z.string(),
    ...PROVENANCE,
    connector_owners: z.array(z.string()),
    lineage_records: z.array(Lineage),
    version: z.int(),
    retired_at: Time.exactOptional(),
  }),
).meta({ id: 'Edge' });
