import type { Authority } from '../graph/authority.ts';
import type { CanAccess } from '../graph/can-access.ts';
import type { CanAssume } from '../graph/can-assume.ts';
import type { GraphEdge, GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import type { EdgeType } from '../observations/entity-types.ts';
import type { HopType } from './path.ts';
import type { Step } from './search.ts';

/** A step of the search, and the edge that it goes along. */
export interface HopStep extends Step {
  readonly hop_type: HopType;
  readonly from: GraphEntity;
  readonly target: GraphEntity;
  /** Of a stated hop, the edge; of a derived one, what policies say. */
  readonly edge: GraphEdge | CanAssume | CanAccess;
}

/** Stated edges by which one end acts as, or sets in motion, the other. */
const STATED_HOPS = ['RUNS_AS', 'AUTHENTICATES_AS', 'INVOKES'] as const satisfies readonly EdgeType[];

/** The hops of a graph, and what was met in looking for them. */
export interface HopSteps {
  /** Every hop from an entity, ordered by id. */
  readonly from: (id: string) => readonly HopStep[];
  /** Ids of derived edges met so far that nobody can decide: they are no hops. */
  readonly undetermined: { readonly can_assume: ReadonlySet<string>; readonly can_access: ReadonlySet<string> };
}

/** The hops of a graph, stated and derived; each entity's are found when first asked for. */
export function hopSteps(graph: Graph, authority: Authority): HopSteps {
  const undetermined = { can_assume: new Set<string>(), can_access: new Set<string>() };
  const known = new Map<string, readonly HopStep[]>();
  const derived = (from: GraphEntity): readonly HopStep[] =>
    [...authority.assumableFrom(from), ...authority.accessibleFrom(from)].flatMap((edge) => {
      if (edge.verdict !== 'undetermined') return [derivedStep(from, edge)];
      undetermined[edge.edge_type === 'CAN_ASSUME' ? 'can_assume' : 'can_access'].add(edge._id);
      return [];
    });
  const find = (id: string): readonly HopStep[] => {
    const entity = graph.entity(id);
    return entity ? [...statedSteps(graph, entity), ...derived(entity)].sort((a, b) => byText(a.id, b.id)) : [];
  };
  return {
    undetermined,
    from: (id) => {
      const steps = known.get(id) ?? find(id);
      known.set(id, steps);
      return steps;
    },
  };
}

const statedSteps = (graph: Graph, from: GraphEntity): readonly HopStep[] =>
  STATED_HOPS.flatMap((hop_type) =>
    graph.edgesFrom(from._id, hop_type).flatMap((edge) => {
      const target = graph.entity(edge.to.id);
      return target ? [{ id: edge._id, to: target._id, conditional: false, hop_type, from, target, edge }] : [];
    }),
  );

function derivedStep(from: GraphEntity, edge: CanAssume | CanAccess): HopStep {
  const { _id: id, edge_type: hop_type, to: target } = edge;
  const step = { id, to: target._id, conditional: edge.verdict === 'conditional', hop_type, from, target, edge };
  return edge.edge_type === 'CAN_ACCESS' ? { ...step, goal: `${target._id} ${edge.access_level}` } : step;
}
