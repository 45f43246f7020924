import { authorityOf } from '../graph/authority.ts';
import type { Incoming } from '../graph/can-assume.ts';
import type { GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { perGraph } from '../graph/per-graph.ts';
import { byText } from '../inventory/claim.ts';
import { isEntityType, kindOf } from '../observations/entity-types.ts';
import { crossedFrom, type DerivedEdge, hopSteps, thingAt } from './hop-steps.ts';
import { type Joined, joinedIndex, NOTHING_JOINED } from './joined.ts';
import { materializer } from './materialize.ts';
import { type Path, withIdentity } from './path.ts';
import { type Place, placesOf } from './places.ts';
import { isAccount, keptPowers } from './powers.ts';
import { type SearchLimits, search } from './search.ts';
import { type Sensitivity, sensitivityOf } from './sensitive.ts';

/** Where the search for paths stops. */
export type PathOptions = Partial<SearchLimits>;

/** What the search met and could not settle. */
export interface Unsettled {
  /** Derived edges met on the way that nobody can decide: they give no path. */
  readonly undetermined: { readonly can_assume: number; readonly can_control: number; readonly can_access: number };
  /** Resources of which what makes them sensitive could not be read: no path leads there. */
  readonly unclassified_resources: number;
  /** Workloads from which chains went on after the most hops. */
  readonly workloads_cut_short: number;
}

/** The paths of a graph, and what the search could not settle. */
export interface PathsFound extends Unsettled {
  /** Ordered by id; the same whatever the order in which the graph was built. */
  readonly paths: readonly Path[];
}

/** What a search is limited to unless the caller says otherwise. */
export const DEFAULT_LIMITS: SearchLimits = { max_hops: 8, max_alternatives: 10 };

/** Finds what every workload can reach: the best path for each sensitive resource, access level and set of boundaries. */
export function findPaths(graph: Graph, joined: Joined = NOTHING_JOINED, options: PathOptions = {}): PathsFound {
  const paths: Path[] = [];
  const unsettled = eachPath(graph, joined, options, (path) => paths.push(path));
  return { paths: paths.sort((a, b) => byText(a._id, b._id)), ...unsettled };
}

/** The same, a path at a time, an account's workloads together: for estates whose paths are too many to be held at once. */
export function eachPath(graph: Graph, joined: Joined, options: PathOptions, take: (path: Path) => void): Unsettled {
  const { groups, each, unsettled } = pathSearch(graph, joined, options);
  for (const group of groups) each(group, take);
  return unsettled();
}

/** Workloads that are searched from together. */
export type WorkloadGroup = readonly GraphEntity[];

/** A search that may be made again from some of the workloads: for whoever does not keep what it found. */
export interface PathSearch {
  readonly groups: readonly WorkloadGroup[];
  /** Finds the paths of one group, always the same ones in the same order. */
  readonly each: (group: WorkloadGroup, take: (path: Path) => void) => void;
  /** What all searches so far could not settle. */
  readonly unsettled: () => Unsettled;
}

/** Prepares the search for what every workload can reach. */
export function pathSearch(graph: Graph, joined: Joined, options: PathOptions): PathSearch {
  const limits = { ...DEFAULT_LIMITS, ...options };
  const { resources, sensitive, unclassified_resources } = sensitiveResources(graph);
  const index = joinedIndex(joined);
  const powers = keptPowers(authorityOf(graph, resources));
  const isGoal = ({ _id }: GraphEntity): boolean => sensitive.has(_id);
  const { undetermined, undecidedIn } = countUndecided();
  let workloads_cut_short = 0;
  const each = (group: WorkloadGroup, take: (path: Path) => void): void => {
    // What was found around one account is of little use to another: it is let go.
    const places = placesOf(graph, index);
    const steps = hopSteps({ graph, powers, joined: index, places, isGoal, undecided: undecidedIn(group) });
    const made = materializer(graph, index);
    for (const workload of group) {
      const start = places.of(workload);
      const space = { stepsFrom: steps.from, crossedBy: crossedFrom(start), thing: thingAt };
      const { found, cut_short } = search(start, space, limits);
      if (cut_short) workloads_cut_short += 1;
      for (const { unconditional, conditional, alternatives, alternatives_capped } of found) {
        const chain = unconditional ?? conditional ?? [];
        const last = chain.at(-1);
        const sensitivity = last && (sensitive.get(last.to.entity._id) ?? administered(last.to));
        if (!last?.access_level || !sensitivity) continue;
        take(
          withIdentity({
            tenant_id: graph.tenant_id,
            workload: made.reference(start),
            resource: made.reference(last.to),
            access_level: last.access_level,
            sensitivity,
            ...made.chain(start, chain),
            alternatives,
            alternatives_capped,
          }),
        );
      }
    }
  };
  return {
    groups: [...workloadsTogether(graph)],
    each,
    unsettled: () => ({ undetermined: { ...undetermined }, unclassified_resources, workloads_cut_short }),
  };
}

/** The most workloads that are searched from with what was found before. */
const TOGETHER = 2_000;

/** Workloads of one source system together, few at a time, each group ordered by id. */
function* workloadsTogether(graph: Graph): Generator<WorkloadGroup> {
  const bySystem = Map.groupBy(graph.entities.filter(isWorkload), ({ source_system_id }) => source_system_id);
  for (const workloads of bySystem.values()) {
    for (let at = 0; at < workloads.length; at += TOGETHER) yield workloads.slice(at, at + TOGETHER);
  }
}

/** Counts edges that nobody can decide. Those of one entity are met again with each group that comes to it, and counted with the first. */
function countUndecided() {
  const undetermined = { can_assume: 0, can_control: 0, can_access: 0 };
  const metIn = new Map<string, unknown>();
  const undecidedIn =
    (group: unknown) =>
    ({ from, edge }: Incoming<DerivedEdge>): void => {
      const first = metIn.get(from._id) ?? group;
      metIn.set(from._id, first);
      if (first === group) undetermined[COUNTED[edge.edge_type]] += 1;
    };
  return { undetermined, undecidedIn };
}

const COUNTED = { CAN_ASSUME: 'can_assume', CAN_CONTROL: 'can_control', CAN_ACCESS: 'can_access' } as const;

/** What makes an account the end of a path: that chains come to it at all. */
const administered = ({ entity }: Place): Sensitivity | undefined =>
  isAccount(entity) ? { reason: 'administrator', value: entity.display_name, evidence: [] } : undefined;

/** Whether chains begin there. */
const isWorkload = ({ entity_type }: GraphEntity): boolean =>
  isEntityType(entity_type) && kindOf(entity_type) === 'workload';

/** What chains end at, and what nobody knows of. */
export interface SensitiveResources {
  readonly resources: readonly GraphEntity[];
  /** Why each of them is sensitive, by id. */
  readonly sensitive: ReadonlyMap<string, Sensitivity>;
  readonly unclassified_resources: number;
}

/** The sensitive resources of a graph; looked for once. */
export const sensitiveResources = perGraph((graph): SensitiveResources => {
  const resources: GraphEntity[] = [];
  const sensitive = new Map<string, Sensitivity>();
  let unclassified_resources = 0;
  for (const entity of graph.entities) {
    const sensitivity = sensitivityOf(entity);
    if (sensitivity) {
      sensitive.set(entity._id, sensitivity);
      resources.push(entity);
    } else if (sensitivity === undefined) unclassified_resources += 1;
  }
  return { resources, sensitive, unclassified_resources };
});
