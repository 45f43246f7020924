import { accountOf } from '../graph/accounts.ts';
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

/** Tells what the search met on its way and could not go along. */
export interface HopSteps {
  /** Every hop from an entity, ordered by id. */
  readonly from: (id: string) => readonly HopStep[];
  /** Ids of derived edges met that nobody can decide. */
  readonly undetermined: { readonly can_assume: ReadonlySet<string>; readonly can_access: ReadonlySet<string> };
}

/** The hops of a graph, stated and derived. */
export function hopSteps(graph: Graph, authority: Authority): HopSteps {
  const undetermined = { can_assume: new Set<string>(), can_access: new Set<string>() };
  const known = new Map<string, readonly HopStep[]>();
  const crossingsOf = (from: GraphEntity, to: GraphEntity): readonly string[] => [
    ...(crossesAccount(graph, from, to) ? ['account'] : []),
    ...(connectorOf(from) === connectorOf(to) ? [] : ['connector']),
  ];
  const stated = (from: GraphEntity): readonly HopStep[] =>
    STATED_HOPS.flatMap((hop_type) =>
      graph.edgesFrom(from._id, hop_type).flatMap((edge) => {
        const target = graph.entity(edge.to.id);
        if (!target) return [];
        const crossings = crossingsOf(from, target);
        return [{ id: edge._id, to: target._id, conditional: false, crossings, hop_type, from, target, edge }];
      }),
    );
  const derived = (from: GraphEntity): readonly HopStep[] => {
    const edges = [...authority.assumableFrom(from), ...authority.accessibleFrom(from)];
    return edges.flatMap((edge) => {
      if (edge.verdict === 'undetermined') {
        undetermined[edge.edge_type === 'CAN_ASSUME' ? 'can_assume' : 'can_access'].add(edge._id);
        return [];
      }
      const step = {
        id: edge._id,
        to: edge.to._id,
        conditional: edge.verdict === 'conditional',
        crossings: crossingsOf(from, edge.to),
        hop_type: edge.edge_type,
        from,
        target: edge.to,
        edge,
      };
      return [edge.edge_type === 'CAN_ACCESS' ? { ...step, goal: `${edge.to._id} ${edge.access_level}` } : step];
    });
  };
  return {
    undetermined,
    from: (id) => {
      const steps = known.get(id) ?? stepsOf(graph.entity(id));
      known.set(id, steps);
      return steps;
    },
  };

  function stepsOf(from: GraphEntity | undefined): readonly HopStep[] {
    return from ? [...stated(from), ...derived(from)].sort((a, b) => byText(a.id, b.id)) : [];
  }
}

/** A hop between accounts; where one of them is not known, none is claimed. */
function crossesAccount(graph: Graph, from: GraphEntity, to: GraphEntity): boolean {
  const [here, there] = [accountOf(graph, from), accountOf(graph, to)];
  return here !== undefined && there !== undefined && here !== there;
}

/** The family of source systems that an entity is of: `aws` in `aws:111111111111`. */
const connectorOf = ({ source_system_id }: GraphEntity): string => source_system_id.split(':', 1)[0] ?? '';
