import type { Correlation } from '../correlations/correlation.ts';
import type { CanonicalIdentity } from '../correlations/identity.ts';
import { authorityOf } from '../graph/authority.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import { kindOf } from '../observations/entity-types.ts';
import { boundariesBetween, locationOf } from './boundaries.ts';
import { hopSteps } from './hop-steps.ts';
import { pathOf } from './materialize.ts';
import type { Path } from './path.ts';
import { type SearchLimits, search } from './search.ts';
import { sensitivityOf } from './sensitive.ts';

/** Where the search for paths stops. */
export type PathOptions = Partial<SearchLimits>;

/** What the entities of a graph are beyond their records. */
export interface Joined {
  readonly correlations: readonly Correlation[];
  readonly identities: readonly CanonicalIdentity[];
}

/** Where no rule found anything. */
export const NOTHING_JOINED: Joined = { correlations: [], identities: [] };

/** The paths of a graph, and what the search could not settle. */
export interface PathsFound {
  /** Ordered by id; the same whatever the order in which the graph was built. */
  readonly paths: readonly Path[];
  /** Derived edges met on the way that nobody can decide: they give no path. */
  readonly undetermined: { readonly can_assume: number; readonly can_access: number };
  /** Resources whose tags could not be read: whether they are sensitive is not known, and no path leads there. */
  readonly unclassified_resources: number;
  /** Workloads from which chains went on after the most hops. */
  readonly workloads_cut_short: number;
}

/** What a search is limited to unless the caller says otherwise. */
export const DEFAULT_LIMITS: SearchLimits = { max_hops: 8, max_alternatives: 10 };

/** Finds what every workload can reach: the best path for each sensitive resource, access level and set of boundaries. */
export function findPaths(graph: Graph, _joined: Joined = NOTHING_JOINED, options: PathOptions = {}): PathsFound {
  const limits = { ...DEFAULT_LIMITS, ...options };
  const sensitivities = new Map(graph.entities.map((entity) => [entity._id, sensitivityOf(entity)]));
  const resources = graph.entities.filter(({ _id }) => sensitivities.get(_id));
  const steps = hopSteps(graph, authorityOf(graph, resources));
  const paths: Path[] = [];
  let workloads_cut_short = 0;
  for (const workload of graph.entities) {
    if (kindOf(workload.entity_type) !== 'workload') continue;
    const boundariesTo = (id: string): readonly string[] => {
      const entity = graph.entity(id);
      const boundaries = entity ? boundariesBetween(locationOf(graph, workload), locationOf(graph, entity)) : 0;
      return [1, 2, 4].filter((bit) => boundaries & bit).map(String);
    };
    const { found, cut_short } = search(workload._id, { stepsFrom: steps.from, boundariesTo }, limits);
    if (cut_short) workloads_cut_short += 1;
    for (const chain of found) {
      const access = chain.steps.at(-1)?.edge;
      if (access?.edge_type !== 'CAN_ACCESS' || !('grants' in access)) continue;
      const sensitivity = sensitivities.get(access.to._id);
      if (sensitivity) paths.push(pathOf(graph, workload, chain, access, sensitivity));
    }
  }
  return {
    paths: paths.sort((a, b) => byText(a._id, b._id)),
    undetermined: {
      can_assume: steps.undetermined.can_assume.size,
      can_access: steps.undetermined.can_access.size,
    },
    unclassified_resources: [...sensitivities.values()].filter((sensitivity) => sensitivity === undefined).length,
    workloads_cut_short,
  };
}
