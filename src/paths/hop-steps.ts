import type { Correlation } from '../correlations/correlation.ts';
import type { AccessLevel } from '../graph/access-levels.ts';
import { isActive } from '../graph/active.ts';
import type { Delegation } from '../graph/administrators.ts';
import type { CanAccess } from '../graph/can-access.ts';
import type { CanAssume, Incoming } from '../graph/can-assume.ts';
import type { CanControl } from '../graph/can-control.ts';
import type { GraphEdge, GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import { derivedId } from '../kernel/ids.ts';
import type { EdgeType } from '../observations/entity-types.ts';
import { boundariesBetween, organizationBetween } from './boundaries.ts';
import type { JoinedIndex } from './joined.ts';
import type { HopType } from './path.ts';
import type { Place, Places } from './places.ts';
import type { Powers } from './powers.ts';
import type { Step } from './search.ts';

/** An edge that follows from policies. */
export type DerivedEdge = CanAssume | CanAccess | CanControl | Delegation;

/** A step of the search, and what it goes along. */
export interface HopStep extends Step<Place> {
  readonly hop_type: HopType;
  readonly from: Place;
  /** Of a stated hop, the edge; of a derived one, what policies say; of a bridge, the correlation. Two records of one thing need none. */
  readonly edge?: GraphEdge | DerivedEdge | Correlation;
  /** Of a step that ends a chain: what it can do with what it comes to. */
  readonly access_level?: AccessLevel;
}

/** Stated edges by which one end acts as, or sets in motion, the other. */
const STATED_HOPS = ['RUNS_AS', 'AUTHENTICATES_AS', 'INVOKES'] as const satisfies readonly EdgeType[];

/** What can be called gives away what it answers. */
const CALLED: AccessLevel = 'Read';

/** The hops of a graph. */
export interface HopSteps {
  /** Every hop from a place, ordered by id. */
  readonly from: (place: Place) => readonly HopStep[];
}

/** The same from both ends. */
export interface HopStepsBothWays extends HopSteps {
  /** Every hop to a place. */
  readonly to: (place: Place) => readonly HopStep[];
}

/** What hops are found in. */
export interface Terrain {
  readonly graph: Graph;
  readonly powers: Pick<Powers, 'from'>;
  readonly joined: JoinedIndex;
  readonly places: Places;
  /** Whether chains that come to it may end there. */
  readonly isGoal: (entity: GraphEntity) => boolean;
  /** Told of each derived edge that nobody can decide: it is no hop. */
  readonly undecided: (edge: Incoming<DerivedEdge>) => void;
}

/** The hops of a graph, stated and derived; those from each place are found once, when first asked for. */
export function hopSteps(terrain: Terrain): HopSteps {
  const { graph, powers, joined } = terrain;
  const find = (place: Place): readonly HopStep[] =>
    [
      ...STATED_HOPS.flatMap((type) => graph.edgesFrom(place.entity._id, type)).flatMap((edge) =>
        stated(terrain, edge),
      ),
      ...joined.bridgesFrom(place.entity._id).flatMap((bridge) => bridging(terrain, bridge)),
      ...otherRecords(terrain, place).map((other) => sameEntity(terrain, place, other)),
      ...powers.from(place).flatMap((edge) => derived(terrain, { from: place.entity, edge })),
    ].sort(inOrder);
  return { from: rememberedSteps(find) };
}

/** The same, also backwards. */
export function hopStepsBothWays(terrain: Terrain & { readonly powers: Powers }): HopStepsBothWays {
  const { graph, powers, joined } = terrain;
  const to = (place: Place): readonly HopStep[] => [
    ...STATED_HOPS.flatMap((type) => graph.edgesTo(place.entity._id, type)).flatMap((edge) => stated(terrain, edge)),
    ...joined.bridgesTo(place.entity._id).flatMap((bridge) => bridging(terrain, bridge)),
    ...otherRecords(terrain, place).map((other) => sameEntity(terrain, other, place)),
    ...powers.to(place).flatMap((edge) => derived(terrain, edge)),
  ];
  return { ...hopSteps(terrain), to };
}

/** Steps from places, each place's found once. */
export function rememberedSteps(find: (place: Place) => readonly HopStep[]): (place: Place) => readonly HopStep[] {
  const known = new Map<Place, readonly HopStep[]>();
  return (place) => {
    const steps = known.get(place) ?? find(place);
    known.set(place, steps);
    return steps;
  };
}

/** By id; the step that ends a chain before the one that goes on. */
export const inOrder = (a: HopStep, b: HopStep): number =>
  byText(a.id, b.id) || (a.goal === undefined ? 1 : 0) - (b.goal === undefined ? 1 : 0);

function stated(terrain: Terrain, edge: GraphEdge): readonly HopStep[] {
  const [from, to] = [terrain.places.named(edge.from), terrain.places.named(edge.to)];
  const hop_type = STATED_HOPS.find((type) => type === edge.edge_type);
  if (!hop_type || !from || !to || !isActive(edge, from.entity)) return [];
  return calling(terrain, { id: edge._id, hop_type, from, to, edge });
}

function bridging(terrain: Terrain, edge: Correlation): readonly HopStep[] {
  const [from, to] = [terrain.places.named(edge.left), terrain.places.named(edge.right)];
  if (!from || !to) return [];
  return calling(terrain, { id: edge._id, hop_type: 'BRIDGES_TO', from, to, edge }, edge.conditions !== undefined);
}

/** Whatever calls a resource that chains end at reads what it answers; the resource may call on. */
function calling({ isGoal }: Terrain, step: Omit<HopStep, 'conditional'>, conditional = false): readonly HopStep[] {
  const on: HopStep = { ...step, conditional };
  const { hop_type, to } = step;
  if ((hop_type !== 'INVOKES' && hop_type !== 'BRIDGES_TO') || !isGoal(to.entity)) return [on];
  return [{ ...on, access_level: CALLED, goal: goalOf(to, CALLED) }, on];
}

/** The other records of the thing that a place is a record of. */
const otherRecords = ({ places }: Terrain, { identity, entity }: Place): readonly Place[] =>
  (identity?.source_records ?? [])
    .filter(({ id }) => id !== entity._id)
    .flatMap((record) => places.named(record) ?? []);

function sameEntity({ graph }: Terrain, from: Place, to: Place): HopStep {
  const id = derivedId(graph.tenant_id, 'SAME_ENTITY', from.entity._id, to.entity._id);
  return { id, hop_type: 'SAME_ENTITY', from, to, conditional: false, same: true };
}

function derived({ places, undecided }: Terrain, one: Incoming<DerivedEdge>): readonly HopStep[] {
  const { edge } = one;
  if (edge.verdict === 'undetermined') {
    undecided(one);
    return [];
  }
  const { _id: id, edge_type: hop_type } = edge;
  const [from, to] = [places.of(one.from), places.of(edge.to)];
  const step = { id, to, conditional: edge.verdict === 'conditional', hop_type, from, edge };
  if (edge.edge_type !== 'CAN_ACCESS') return [step];
  return [{ ...step, access_level: edge.access_level, goal: goalOf(to, edge.access_level) }];
}

const goalOf = ({ entity }: Place, level: AccessLevel): string => `${entity._id} ${level}`;

/** The boundaries that a chain from a start has crossed once it took a step. */
export const crossedFrom =
  ({ location }: Place) =>
  ({ from, to }: HopStep): number =>
    boundariesBetween(location, to.location) | organizationBetween(from.location, to.location);

/** What a place is a record of: its identity, else the entity itself. */
export const thingAt = (place: Place): unknown => place.identity ?? place;
