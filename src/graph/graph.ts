import { byText } from '../inventory/claim.ts';
import type { Json } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { EdgeType } from '../observations/entity-types.ts';
import type { GraphEdge, GraphEntity, GraphPolicyDocument } from './documents.ts';
import { type PolicyLibrary, policyLibrary } from './policy-library.ts';
import { type GraphProblem, policyProblems } from './problems.ts';

/** Everything that is believed of one tenant, indexed for walking. Immutable, and the same whatever the order of its input. */
export interface Graph {
  readonly tenant_id: TenantId;
  /** All entities, ordered by id. */
  readonly entities: readonly GraphEntity[];
  readonly entity: (id: string) => GraphEntity | undefined;
  readonly entityByArn: (arn: string) => GraphEntity | undefined;
  /** Edges of one type, ordered by id. Their far ends may be entities that nobody saw. */
  readonly edgesFrom: (id: string, type: EdgeType) => readonly GraphEdge[];
  readonly policies: PolicyLibrary;
  /** Policy documents that could not be read or understood, and whose. Ordered. */
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
  const entities = new Map<string, GraphEntity>();
  const edges = new Map<string, GraphEdge>();
  const documents = new Map<string, Json>();
  const ownOnly = (document: { readonly _id: string; readonly tenant_id: TenantId }): void => {
    if (document.tenant_id !== tenant_id) throw new TypeError(`${document._id} belongs to another tenant`);
  };
  return {
    addEntity: (entity) => {
      ownOnly(entity);
      entities.set(entity._id, entity);
    },
    addEdge: (edge) => {
      ownOnly(edge);
      edges.set(edge._id, edge);
    },
    addPolicyDocument: ({ hash, document }) => {
      documents.set(hash, document);
    },
    finish: () => {
      const index = indexOf(tenant_id, entities, edges, policyLibrary(documents));
      return { ...index, problems: policyProblems(index) };
    },
  };
}

const NO_EDGES: readonly GraphEdge[] = [];

function indexOf(
  tenant_id: TenantId,
  byId: ReadonlyMap<string, GraphEntity>,
  edges: ReadonlyMap<string, GraphEdge>,
  policies: PolicyLibrary,
): GraphIndex {
  const entities = [...byId.values()].sort((a, b) => byText(a._id, b._id));
  const byArn = new Map<string, GraphEntity>();
  for (const entity of entities) {
    if (entity.source_record_id.startsWith('arn:')) byArn.set(entity.source_record_id, entity);
  }
  const outgoing = new Map<string, GraphEdge[]>();
  for (const edge of [...edges.values()].sort((a, b) => byText(a._id, b._id))) {
    const key = `${edge.from.id} ${edge.edge_type}`;
    const known = outgoing.get(key);
    if (known) known.push(edge);
    else outgoing.set(key, [edge]);
  }
  return {
    tenant_id,
    entities,
    entity: (id) => byId.get(id),
    entityByArn: (arn) => byArn.get(arn),
    edgesFrom: (id, type) => outgoing.get(`${id} ${type}`) ?? NO_EDGES,
    policies,
  };
}
