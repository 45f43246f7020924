import type { Edge, EdgeEnd } from '../inventory/edge.ts';
import type { Entity } from '../inventory/entity.ts';
import type { KeptPolicyDocument } from '../inventory/stores.ts';

/** A live entity, as far as the graph reads it. */
export type GraphEntity = Pick<
  Entity,
  | '_id'
  | 'tenant_id'
  | 'entity_type'
  | 'display_name'
  | 'source_system_id'
  | 'source_record_id'
  | 'properties'
  | 'property_provenance'
  | 'correlationKeys'
  | 'lineage_records'
>;

/** A live edge, as far as the graph reads it. */
export type GraphEdge = Pick<
  Edge,
  '_id' | 'tenant_id' | 'edge_type' | 'from' | 'to' | 'properties' | 'lineage_records'
>;

/** A policy document that entities and edges name by its hash. */
export type GraphPolicyDocument = KeptPolicyDocument;

/** Names an entity in what the graph reports. */
export type EntityName = EdgeEnd;

/** Whether anybody saw the entity itself; else edges name it and nothing more is known. */
export const isObserved = (entity: GraphEntity): boolean => entity.lineage_records.length > 0;

/** The entity's name in reports. */
export const nameOf = ({ _id, entity_type, source_system_id, source_record_id }: GraphEntity): EntityName => ({
  id: _id,
  entity_type,
  source_system_id,
  source_record_id,
});
