import type { GraphEdge, GraphEntity, GraphPolicyDocument } from '../../src/graph/documents.ts';
import type { Provenance } from '../../src/inventory/merge.ts';
import { sourceSystemOf } from '../../src/kernel/arn.ts';
import { hashOf, type Json } from '../../src/kernel/canonical.ts';
import type { EdgeType, EntityType } from '../../src/observations/entity-types.ts';
import { documentId, entityId, sourceFingerprint, wholeRecord } from '../../src/observations/fingerprint.ts';
import type { EntityRef } from '../../src/observations/observation.ts';

export const TENANT = 'bench';

/** Documents of a tenant that were written together, as they are stored. */
export interface Batch {
  readonly entities: readonly GraphEntity[];
  readonly edges: readonly GraphEdge[];
  readonly policy_documents: readonly GraphPolicyDocument[];
}

/** Which cell, by which instance, saw what is written. */
export interface Cell {
  readonly connector_id: string;
  readonly cell: string;
  readonly api: string;
}

interface EntityOptions {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly display_name?: string;
  readonly keys?: GraphEntity['correlationKeys'];
}

interface EdgeOptions {
  readonly properties?: Readonly<Record<string, Json>>;
  /** Where in the record of `from` it is stated. */
  readonly field?: string;
}

const RUN = { run_id: 'run-1', observed_at: '2026-11-21T12:00:00.000Z' };

export const refOfArn = (entity_type: EntityType, arn: string): EntityRef => ({
  entity_type,
  source_system_id: sourceSystemOf(arn),
  source_record_id: arn,
});

/** Takes down a batch of documents, made as collectors and the inventory make them. */
export class Scribe {
  readonly #entities: GraphEntity[] = [];
  readonly #edges: GraphEdge[] = [];
  readonly #documents = new Map<string, GraphPolicyDocument>();
  readonly #ids = new Map<EntityRef, string>();
  cell: Cell;

  constructor(cell: Cell) {
    this.cell = cell;
  }

  /** Writes an entity and returns its reference, for edges. */
  entity(ref: EntityRef, { properties = {}, display_name, keys = [] }: EntityOptions = {}): EntityRef {
    const { source_system_id, source_record_id, entity_type } = ref;
    const { connector_id, cell, api } = this.cell;
    // Each property has an object of its own, as it has where documents come from a database.
    const provenance = (): Provenance => ({ connector_id, source_record_id, cell, api, ...RUN });
    this.#entities.push({
      _id: this.#idOf(ref),
      tenant_id: TENANT,
      entity_type,
      display_name: display_name ?? source_record_id.slice(source_record_id.search(/[^/:]*$/)),
      source_system_id,
      source_record_id,
      properties,
      property_provenance: Object.fromEntries(Object.keys(properties).map((name) => [name, provenance()])),
      correlationKeys: keys,
      lineage_records: [{ ...wholeRecord(ref), api, ...RUN }],
    });
    return ref;
  }

  edge(
    edge_type: EdgeType,
    from: EntityRef,
    to: EntityRef,
    { properties = {}, field = edge_type }: EdgeOptions = {},
  ): void {
    const { source_system_id, source_record_id } = from;
    const statement = { source_system_id, source_record_id, source_field_path: `${field}[${to.source_record_id}]` };
    this.#edges.push({
      _id: documentId(TENANT, sourceFingerprint(statement)),
      tenant_id: TENANT,
      edge_type,
      from: { id: this.#idOf(from), ...from },
      to: { id: this.#idOf(to), ...to },
      properties,
      lineage_records: [{ ...statement, api: this.cell.api, ...RUN }],
    });
  }

  /** Keeps a policy document and returns its hash. */
  policy(document: Json): string {
    const hash = hashOf(document);
    this.#documents.set(hash, { hash, document });
    return hash;
  }

  batch(): Batch {
    return { entities: this.#entities, edges: this.#edges, policy_documents: [...this.#documents.values()] };
  }

  #idOf(ref: EntityRef): string {
    const known = this.#ids.get(ref) ?? entityId(TENANT, ref);
    this.#ids.set(ref, known);
    return known;
  }
}

export const tagged = (tags: Readonly<Record<string, string>>): Json =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));
