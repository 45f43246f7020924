import type { Correlation } from '../correlations/correlation.ts';
import type { AccessLevel } from '../graph/access-levels.ts';
import type { Authority } from '../graph/authority.ts';
import type { CanAccess } from '../graph/can-access.ts';
import type { CanAssume } from '../graph/can-assume.ts';
import type { GraphEdge, GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import { derivedId } from '../kernel/ids.ts';
import type { EdgeType } from '../observations/entity-types.ts';
import { boundariesBetween, organizationBetween } from './boundaries.ts';
import type { JoinedIndex } from './joined.ts';
import type { HopType } from './path.ts';
import type { Place, Places } from './places.ts';
import type { Step } from './search.ts';

/** A step of the search, and what it goes along. */
export interface HopStep extends Step<Place> {
  readonly hop_type: HopType;
  readonly from: Place;
  /** Of a stated hop, the edge; of a derived one, what policies say; of a bridge, the correlation. Two records of one thing need none. */
  readonly edge?: GraphEdge | CanAssume | CanAccess | Correlation;
  /** Of a step that ends a chain: what it can do with what it comes to. */
  readonly access_level?: AccessLevel;
}

/** Stated edges by which one end acts as, or sets in motion, the other. */
const STATED_HOPS = ['RUNS_AS', 'AUTHENTICATES_AS', 'INVOKES'] as const satisfies readonly EdgeType[];

/** What can be called gives away what it answers. */
const CALLED: AccessLevel = 'Read';

/** The hops of a graph, and what was met in looking for them. */
export interface HopSteps {
  /** Every hop from a place, ordered by id. */
  readonly from: (place: Place) => readonly HopStep[];
  /** Ids of derived edges met so far that nobody can decide: they are no hops. */
  readonly undetermined: { readonly can_assume: ReadonlySet<string>; readonly can_access: ReadonlySet<string> };
}

/** What hops are found in. */
export interface Terrain {
  readonly graph: Graph;
  readonly authority: Authority;
  readonly joined: JoinedIndex;
  readonly places: Places;
  /** Whether chains that come to it may end there. */
  readonly isGoal: (entity: GraphEntity) => boolean;
}

/** The hops of a graph, stated and derived; each place's are found when first asked for. */
export function hopSteps(terrain: Terrain): HopSteps {
  const undetermined = { can_assume: new Set<string>(), can_access: new Set<string>() };
  const known = new Map<Place, readonly HopStep[]>();
  const find = (place: Place): readonly HopStep[] => {
    const steps = [...statedSteps(terrain, place), ...correlatedSteps(terrain, place)];
    for (const edge of derivedEdges(terrain, place)) {
      if (edge.verdict !== 'undetermined') steps.push(derivedStep(terrain, place, edge));
      else undetermined[edge.edge_type === 'CAN_ASSUME' ? 'can_assume' : 'can_access'].add(edge._id);
    }
    return steps.sort(inOrder);
  };
  return {
    undetermined,
    from: (place) => {
      const steps = known.get(place) ?? find(place);
      known.set(place, steps);
      return steps;
    },
  };
}

/** By id; the step that ends a chain before the one that goes on. */
const inOrder = (a: HopStep, b: HopStep): number =>
  byText(a.id, b.id) || (a.goal === undefined ? 1 : 0) - (b.goal === undefined ? 1 : 0);

const derivedEdges = ({ authority }: Terrain, { entity }: Place): readonly (CanAssume | CanAccess)[] => [
  ...authority.assumableFrom(entity),
  ...authority.accessibleFrom(entity),
];

const statedSteps = (terrain: Terrain, from: Place): readonly HopStep[] =>
  STATED_HOPS.flatMap((hop_type) =>
    terrain.graph
      .edgesFrom(from.entity._id, hop_type)
      .flatMap((edge) => calling(terrain, { id: edge._id, hop_type, from, to: terrain.places.named(edge.to), edge })),
  );

/** Bridges, and the other records of the same thing. */
function correlatedSteps({ graph, joined, places, isGoal }: Terrain, from: Place): readonly HopStep[] {
  const bridges = joined
    .bridgesFrom(from.entity._id)
    .flatMap((edge) =>
      calling({ isGoal }, { id: edge._id, hop_type: 'BRIDGES_TO', from, to: places.named(edge.right), edge }),
    );
  const others = (from.identity?.source_records ?? []).filter(({ id }) => id !== from.entity._id);
  const same = others.map((record): HopStep => {
    const id = derivedId(graph.tenant_id, 'SAME_ENTITY', from.entity._id, record.id);
    return { id, hop_type: 'SAME_ENTITY', from, to: places.named(record), conditional: false, same: true };
  });
  return [...bridges, ...same];
}

type Calling = Pick<HopStep, 'id' | 'hop_type' | 'from' | 'to' | 'edge'>;

/** A hop that nothing conditions. Whatever calls a resource that chains end at reads what it answers; the resource may call on. */
function calling({ isGoal }: Pick<Terrain, 'isGoal'>, step: Calling): readonly HopStep[] {
  const on: HopStep = { ...step, conditional: false };
  const { hop_type, to } = step;
  if ((hop_type !== 'INVOKES' && hop_type !== 'BRIDGES_TO') || !isGoal(to.entity)) return [on];
  return [{ ...on, access_level: CALLED, goal: goalOf(to, CALLED) }, on];
}

function derivedStep({ places }: Terrain, from: Place, edge: CanAssume | CanAccess): HopStep {
  const { _id: id, edge_type: hop_type } = edge;
  const to = places.of(edge.to);
  const step = { id, to, conditional: edge.verdict === 'conditional', hop_type, from, edge };
  if (edge.edge_type !== 'CAN_ACCESS') return step;
  return { ...step, access_level: edge.access_level, goal: goalOf(to, edge.access_level) };
}

const goalOf = ({ entity }: Place, level: AccessLevel): string => `${entity._id} ${level}`;

/** The boundaries that a chain from a start has crossed once it took a step. */
export const crossedFrom =
  ({ location }: Place) =>
  ({ from, to }: HopStep): number =>
    boundariesBetween(location, to.location) | organizationBetween(from.location, to.location);

/** What a place is a record of: its identity, else the entity itself. */
export const thingAt = (place: Place): unknown => place.identity ?? place;
