import { correlate } from '../../src/correlations/correlate.ts';
import { resolveIdentities } from '../../src/correlations/identities.ts';
import { RULES } from '../../src/correlations/registry.ts';
import { type CorrelationSettings, noSettings } from '../../src/correlations/settings.ts';
import { authorityOf } from '../../src/graph/authority.ts';
import { type Graph, graphBuilder } from '../../src/graph/graph.ts';
import { pathsBetween } from '../../src/paths/between.ts';
import { eachPath, sensitiveResources } from '../../src/paths/find-paths.ts';
import type { Joined } from '../../src/paths/joined.ts';
import { type PhaseCost, phases, processorMs } from './phase.ts';
import { seededRandom } from './random.ts';
import { TENANT } from './stitch-documents.ts';
import { estateBatches } from './stitch-estate.ts';

/** What stitching an estate of one size came to, and what it cost. */
export interface StitchResult {
  readonly accounts: number;
  readonly entities: number;
  readonly edges: number;
  readonly policy_documents: number;
  readonly phases: readonly PhaseCost[];
  readonly problems: number;
  readonly correlations: number;
  readonly identities: number;
  readonly paths: number;
  readonly paths_across_accounts: number;
  readonly paths_across_connectors: number;
  /** Questions about one pair each, in milliseconds of one core. */
  readonly pairs: {
    readonly asked: number;
    readonly answered: number;
    readonly median_ms: number;
    readonly worst_ms: number;
  };
}

/** Every rule, those that are off by default as well. */
export const ALL_RULES: CorrelationSettings = {
  ...noSettings(TENANT),
  rules: RULES.map(({ id }) => ({
    rule_id: id,
    enabled: true,
    reason: 'measured',
    changed_by: 'bench',
    changed_at: '2026-11-21T12:00:00.000Z',
  })),
};

/** Questions that are asked of one pair each. */
const PAIRS = 100;

/** Builds the graph of an estate and computes everything that a stitch computes. Making the documents is in no phase. */
export function stitchEstate(accounts: number, told?: (cost: PhaseCost) => void): StitchResult {
  const { run, costs } = phases(told);
  const counts = { entities: 0, edges: 0, policy_documents: 0 };
  const builder = graphBuilder(TENANT);
  run('graph: documents', (pause) => {
    const batches = estateBatches(accounts);
    for (let next = pause(() => batches.next()); !next.done; next = pause(() => batches.next())) {
      for (const document of next.value.policy_documents) builder.addPolicyDocument(document);
      for (const entity of next.value.entities) builder.addEntity(entity);
      for (const edge of next.value.edges) builder.addEdge(edge);
      counts.entities += next.value.entities.length;
      counts.edges += next.value.edges.length;
      counts.policy_documents += next.value.policy_documents.length;
    }
  });
  const graph = run('graph: indexes, problems', () => builder.finish());
  run('derived edges', () => {
    const { resources } = sensitiveResources(graph);
    authorityOf(graph, resources).prepare();
  });
  const { correlations } = run('correlations', () => correlate(graph, ALL_RULES));
  const identities = run('identities', () => resolveIdentities(graph, correlations));
  const joined: Joined = { correlations, identities };
  const found = { paths: 0, paths_across_accounts: 0, paths_across_connectors: 0 };
  const ends: (readonly [string, string])[] = [];
  const random = seededRandom(accounts);
  run('paths', () =>
    eachPath(graph, joined, {}, (path) => {
      found.paths += 1;
      if (path.crosses_account_boundary) found.paths_across_accounts += 1;
      if (path.crosses_connector_boundary) found.paths_across_connectors += 1;
      // A sample of half of the pairs, each path with the same chance.
      const place = ends.length < PAIRS / 2 ? ends.length : random.below(found.paths);
      if (place < PAIRS / 2) ends[place] = [path.workload.id, path.resource.id];
    }),
  );
  const pairs = run('questions about pairs', () => askPairs(graph, joined, [...ends, ...anyPairs(graph, random)]));
  return {
    accounts,
    ...counts,
    phases: costs(),
    problems: graph.problems.length,
    correlations: correlations.length,
    identities: identities.length,
    ...found,
    pairs,
  };
}

/** A workload and a resource each, most of which have nothing to do with each other. */
function anyPairs(graph: Graph, { below }: ReturnType<typeof seededRandom>): readonly (readonly [string, string])[] {
  const workloads = graph.entities.filter(({ entity_type }) => entity_type === 'aws_lambda_function');
  const { resources } = sensitiveResources(graph);
  return Array.from({ length: PAIRS / 2 }, () => [
    workloads[below(workloads.length)]?._id ?? '',
    resources[below(resources.length)]?._id ?? '',
  ]);
}

function askPairs(graph: Graph, joined: Joined, pairs: readonly (readonly [string, string])[]): StitchResult['pairs'] {
  let answered = 0;
  const times = pairs.map(([from, to]) => {
    const started = process.cpuUsage();
    const { answers } = pathsBetween(graph, joined, { from, to });
    if (answers.length > 0) answered += 1;
    return processorMs(started);
  });
  times.sort((a, b) => a - b);
  return {
    asked: times.length,
    answered,
    median_ms: times[Math.floor(times.length / 2)] ?? 0,
    worst_ms: times.at(-1) ?? 0,
  };
}
