import type { TenantId } from '../kernel/ids.ts';
import type { EdgeType } from '../observations/entity-types.ts';
import { EdgeTable } from './compact-edges.ts';
import { EntityTable } from './compact-entities.ts';
import { type GraphEdge, type GraphEntity, type GraphPolicyDocument, nameOf } from './documents.ts';
import { DocumentTable, type PolicyLibrary, policyLibrary } from './policy-library.ts';
import { type GraphProblem, ordered, policyProblems } from './problems.ts';
import { unknownTypes } from './unknown-types.ts';

/** Everything that is believed of one tenant, indexed for walking. Immutable, and the same whatever the order of its input. */
export interface Graph {
  readonly tenant_id: TenantId;
  /** All entities, ordered by id; ends that only edges name are among them, unobserved. */
  readonly entities: readonly GraphEntity[];
  readonly entity: (id: string) => GraphEntity | undefined;
  readonly entityByArn: (arn: string) => GraphEntity | undefined;
  /** Edges of one type, ordered by id. Their far ends may be entities that nobody saw. */
  readonly edgesFrom: (id: string, type: EdgeType) => readonly GraphEdge[];
  /** The same backwards. */
  readonly edgesTo: (id: string, type: EdgeType) => readonly GraphEdge[];
  readonly policies: PolicyLibrary;
  /** What could not be taken in or understood, and whose it is. Ordered. */
  readonly problems: readonly GraphProblem[];
}

/** What `problems` are found in: the graph before they are. */
export type GraphIndex = Omit<Graph, 'problems'>;

/** Takes a tenant's documents one by one, in any order. */
export interface GraphBuilder {
  readonly addEntity: (entity: GraphEntity) => void;
  readonly addEdge: (edge: GraphEdge) => void;
  readonly addPolicyDocument: (document: GraphPolicyDocument) => void;
  readonly finish: () => Graph;
}

/** A tenant's documents, all at once. */
export interface GraphInput {
  readonly tenant_id: TenantId;
  readonly entities: Iterable<GraphEntity>;
  readonly edges: Iterable<GraphEdge>;
  readonly policy_documents: Iterable<GraphPolicyDocument>;
}

/** The graph of a tenant's live documents. */
export function buildGraph({ tenant_id, entities, edges, policy_documents }: GraphInput): Graph {
  const builder = graphBuilder(tenant_id);
  for (const entity of entities) builder.addEntity(entity);
  for (const edge of edges) builder.addEdge(edge);
  for (const document of policy_documents) builder.addPolicyDocument(document);
  return builder.finish();
}

/** A builder for the graph of one tenant. Its methods throw TypeError on a document of another one. */
export function graphBuilder(tenant_id: TenantId): GraphBuilder {
  const entities = new EntityTable(tenant_id);
  const edges = new EdgeTable(tenant_id, entities);
  const documents = new DocumentTable();
  const strangers = unknownTypes();
  const ownOnly = (document: { readonly _id: string; readonly tenant_id: TenantId }): void => {
    if (document.tenant_id !== tenant_id) throw new TypeError(`${document._id} belongs to another tenant`);
  };
  return {
    addEntity: (entity) => {
      ownOnly(entity);
      if (strangers.isKnownEntity(nameOf(entity))) entities.add(entity);
    },
    addEdge: (edge) => {
      ownOnly(edge);
      if (strangers.isKnownEdge(edge)) edges.add(edge);
    },
    addPolicyDocument: ({ hash, document }) => documents.add(hash, document),
    finish: () => {
      const index = indexOf(tenant_id, entities, edges, policyLibrary(documents));
      // The same object: what is computed for the one is kept for the other.
      return Object.assign(index, { problems: ordered([...strangers.problems(), ...policyProblems(index)]) });
    },
  };
}

const NO_EDGES: readonly GraphEdge[] = [];

function indexOf(tenant_id: TenantId, table: EntityTable, edges: EdgeTable, policies: PolicyLibrary): GraphIndex {
  const entities = table.finish();
  edges.finish();
  const byArn = new Map<string, GraphEntity>();
  for (const entity of entities) {
    if (entity.source_record_id.startsWith('arn:')) byArn.set(entity.source_record_id, entity);
  }
  const at = (id: string, list: (slot: number) => readonly GraphEdge[]): readonly GraphEdge[] => {
    const slot = table.slotOf(id);
    return slot === undefined ? NO_EDGES : list(slot);
  };
  return {
    tenant_id,
    entities,
    entity: (id) => entityOf(table, id),
    entityByArn: (arn) => byArn.get(arn),
    edgesFrom: (id, type) => at(id, (slot) => edges.from(slot, type)),
    edgesTo: (id, type) => at(id, (slot) => edges.to(slot, type)),
    policies,
  };
}

function entityOf(table: EntityTable, id: string): GraphEntity | undefined {
  const slot = table.slotOf(id);
  return slot === undefined ? undefined : table.at(slot);
}
