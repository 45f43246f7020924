import type { AccessLevel } from '../graph/access-levels.ts';
import { authorityOf } from '../graph/authority.ts';
import type { Incoming } from '../graph/can-assume.ts';
import type { GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import { isEntityType, kindOf } from '../observations/entity-types.ts';
import { DEFAULT_LIMITS } from './find-paths.ts';
import {
  type DerivedEdge,
  type HopStep,
  type HopSteps,
  type HopStepsBothWays,
  hopSteps,
  hopStepsBothWays,
  rememberedSteps,
  thingAt,
} from './hop-steps.ts';
import { type Joined, joinedIndex } from './joined.ts';
import { type Materializer, materializer } from './materialize.ts';
import type { Chain, EntityReference, HopType } from './path.ts';
import { type Place, type Places, placesOf } from './places.ts';
import { everyPower, powersOver } from './powers.ts';
import { type Reach, type ReachLimits, reachOf } from './reach.ts';
import { type Found, type SearchLimits, search } from './search.ts';
import { type Sensitivity, sensitivityOf } from './sensitive.ts';

/** Where an answer stops. */
export interface QuestionLimits extends SearchLimits, ReachLimits {
  /** The most answers that are given. */
  readonly max_answers: number;
}

/** What is asked of a graph: how one entity reaches another, what one reaches, or who reaches it. Ids of entities. */
export interface PathQuestion {
  readonly from?: string;
  readonly to?: string;
  /** Only chains that go through this entity. */
  readonly through?: string;
  readonly limits?: Partial<QuestionLimits>;
}

/** How one entity reaches another, at one level of access where that is a resource. */
export interface PathAnswer {
  readonly from: EntityReference;
  readonly to: EntityReference;
  readonly access_level?: AccessLevel;
  /** Why the end is sensitive; left out where it is not, or nobody knows. */
  readonly sensitivity?: Sensitivity;
  /** The shortest chain without conditions, and the shortest with: one of them is there. */
  readonly unconditional?: Chain;
  readonly conditional?: Chain;
  /** Other chains than the better of the two. */
  readonly alternatives: number;
  readonly alternatives_capped: boolean;
}

/** A hop that policies may or may not permit: one of them could not be read. */
export interface UndeterminedHop {
  readonly edge_type: HopType;
  readonly from: EntityReference;
  readonly to: EntityReference;
  readonly access_level?: AccessLevel;
}

/** What was found, and everything that was left out. */
export interface PathAnswers {
  /** Of one start those that need no condition and are shorter first; of several starts, the nearest start first. */
  readonly answers: readonly PathAnswer[];
  /** Hops met that nobody can decide: no chain goes over them, and none over them is ruled out. */
  readonly undetermined: readonly UndeterminedHop[];
  readonly truncated: {
    /** Chains went on after the most hops. */
    readonly hops: boolean;
    readonly answers: boolean;
    /** Not everything on the way was looked at. */
    readonly places: boolean;
    readonly undetermined: boolean;
  };
}

export const DEFAULT_QUESTION_LIMITS: QuestionLimits = {
  ...DEFAULT_LIMITS,
  max_answers: 1_000,
  max_places: 5_000,
  backward_cost: 16,
};

/** The most undecided hops that an answer lists. */
const MOST_UNDETERMINED = 100;

/**
 * Answers a question about a graph. Administrators' rights are followed into their accounts. Ids that the graph does not have
 * give no answers. Throws TypeError for a question with neither end.
 */
export function pathsBetween(graph: Graph, joined: Joined, question: PathQuestion): PathAnswers {
  const limits = { ...DEFAULT_QUESTION_LIMITS, ...question.limits };
  const [from, to] = [question.from, question.to].map((id) => (id === undefined ? undefined : graph.entity(id)));
  if (question.from === undefined && question.to === undefined) throw new TypeError('a question needs an end');
  if ((question.from !== undefined && !from) || (question.to !== undefined && !to)) return NOTHING;
  const index = joinedIndex(joined);
  const places = placesOf(graph, index);
  const undetermined = new Map<string, Incoming<DerivedEdge>>();
  const undecided = (one: Incoming<DerivedEdge>): void => {
    undetermined.set(one.edge._id, one);
  };
  const terrain = { graph, joined: index, places, undecided };
  const asked: Asked = { undetermined, places, limits, made: materializer(graph, index), through: question.through };
  if (to) {
    const isGoal = (entity: GraphEntity): boolean => isResource(entity) && entity._id === to._id;
    const powers = powersOver(authorityOf(graph, isResource(to) ? [to] : []), to);
    const steps = hopStepsBothWays({ ...terrain, powers, isGoal });
    return answersTo(asked, steps, from && places.of(from), places.of(to));
  }
  if (!from) return NOTHING;
  const powers = everyPower(authorityOf(graph, []));
  return answersFrom(asked, hopSteps({ ...terrain, powers, isGoal: isResource }), places.of(from));
}

const NOTHING: PathAnswers = {
  answers: [],
  undetermined: [],
  truncated: { hops: false, answers: false, places: false, undetermined: false },
};

const isResource = ({ entity_type }: GraphEntity): boolean =>
  isEntityType(entity_type) && kindOf(entity_type) === 'resource';

/** A question on its way to an answer. */
interface Asked {
  /** Derived edges met so far that nobody can decide, by id: from both ends the same may be met. */
  readonly undetermined: ReadonlyMap<string, Incoming<DerivedEdge>>;
  readonly places: Places;
  readonly made: Materializer;
  readonly limits: QuestionLimits;
  readonly through: string | undefined;
}

/** Everything that one start reaches. */
function answersFrom(asked: Asked, steps: HopSteps, start: Place): PathAnswers {
  const { limits } = asked;
  let looked = 0;
  const withinLimit = (place: Place): readonly HopStep[] => {
    looked += 1;
    return looked > limits.max_places ? [] : steps.from(place);
  };
  const { found, cut_short } = searched(asked, start, withinLimit);
  const answers = found.map((one) => answerOf(asked, start, one)).sort(byWorth);
  return finished(asked, answers, { hops: cut_short, places: looked > limits.max_places });
}

/** Everything that reaches an end, or how one start does. */
function answersTo(asked: Asked, steps: HopStepsBothWays, start: Place | undefined, end: Place): PathAnswers {
  const reach = reachOf(steps, start, end, asked.limits);
  const starts = start ? [start] : reach.places.filter(({ entity }) => isActor(entity));
  const ending = rememberedSteps((place) => endingAt(end, reach, place));
  const answers: PathAnswer[] = [];
  for (const one of starts) {
    if (answers.length > asked.limits.max_answers) break;
    const { found } = searched(asked, one, ending);
    answers.push(...found.map((chain) => answerOf(asked, one, chain)).sort(byWorth));
  }
  return finished(asked, answers, { hops: reach.hops_cut, places: reach.places_cut });
}

/** The hops of a place, of which those that come to the end are goals. */
function endingAt(end: Place, reach: Reach, place: Place): readonly HopStep[] {
  const hops = reach.from(place);
  if (!hops.some(({ to }) => to === end)) return hops;
  const isLevelled = isResource(end.entity);
  return hops.flatMap((hop) => {
    if (hop.to !== end || hop.goal !== undefined) return [hop];
    return isLevelled && (hop.hop_type === 'INVOKES' || hop.hop_type === 'BRIDGES_TO') ? [] : [{ ...hop, goal: '' }];
  });
}

/** What can act: the starts of chains to an end. */
function isActor({ entity_type }: GraphEntity): boolean {
  const kind = isEntityType(entity_type) ? kindOf(entity_type) : undefined;
  return kind === 'workload' || kind === 'identity' || kind === 'role';
}

function searched(asked: Asked, start: Place, stepsFrom: (place: Place) => readonly HopStep[]) {
  const { through } = asked;
  const isThrough = ({ entity }: Place): boolean => through === undefined || entity._id === through;
  const passed = isThrough(start) ? 1 : 0;
  const crossedBy = ({ to }: HopStep): number => passed || Number(isThrough(to));
  const { found, cut_short } = search(start, { stepsFrom, crossedBy, thing: thingAt }, asked.limits);
  return { found: found.filter(({ crossings }) => crossings === 1), cut_short };
}

function answerOf({ made }: Asked, start: Place, chains: Found<HopStep>): PathAnswer {
  const { unconditional, conditional, alternatives, alternatives_capped } = chains;
  const last = (unconditional ?? conditional)?.at(-1);
  const end = last?.to ?? start;
  const sensitivity = sensitivityOf(end.entity);
  return {
    from: made.reference(start),
    to: made.reference(end),
    ...(last?.access_level === undefined ? {} : { access_level: last.access_level }),
    ...(sensitivity ? { sensitivity } : {}),
    ...(unconditional ? { unconditional: made.chain(start, unconditional) } : {}),
    ...(conditional ? { conditional: made.chain(start, conditional) } : {}),
    alternatives,
    alternatives_capped,
  };
}

/** Sensitive ends first, then what needs no condition, then fewest hops, then by name. */
const byWorth = (a: PathAnswer, b: PathAnswer): number =>
  Number(!a.sensitivity) - Number(!b.sensitivity) ||
  Number(!a.unconditional) - Number(!b.unconditional) ||
  lengthOf(a) - lengthOf(b) ||
  byText(a.to.id, b.to.id) ||
  byText(a.access_level ?? '', b.access_level ?? '');

const lengthOf = ({ unconditional, conditional }: PathAnswer): number =>
  (unconditional ?? conditional)?.hops.length ?? 0;

function finished(
  { undetermined: met, places, made, limits }: Asked,
  answers: readonly PathAnswer[],
  cut: { readonly hops: boolean; readonly places: boolean },
): PathAnswers {
  const undetermined = [...met.values()].sort((a, b) => byText(a.edge._id, b.edge._id));
  const named = ({ from, edge }: Incoming<DerivedEdge>): UndeterminedHop => ({
    edge_type: edge.edge_type,
    from: made.reference(places.of(from)),
    to: made.reference(places.of(edge.to)),
    ...(edge.edge_type === 'CAN_ACCESS' ? { access_level: edge.access_level } : {}),
  });
  return {
    answers: answers.slice(0, limits.max_answers),
    undetermined: undetermined.slice(0, MOST_UNDETERMINED).map(named),
    truncated: {
      ...cut,
      answers: answers.length > limits.max_answers,
      undetermined: undetermined.length > MOST_UNDETERMINED,
    },
  };
}
