import { expect, test } from 'vitest';
import { correlate } from '../../src/correlations/correlate.ts';
import type { Correlation } from '../../src/correlations/correlation.ts';
import { resolveIdentities } from '../../src/correlations/identities.ts';
import { isActive } from '../../src/graph/active.ts';
import { authorityOf } from '../../src/graph/authority.ts';
import type { GraphEdge, GraphEntity } from '../../src/graph/documents.ts';
import { buildGraph, type Graph } from '../../src/graph/graph.ts';
import { identityOf } from '../../src/graph/principal.ts';
import { kindOf } from '../../src/observations/entity-types.ts';
import { findPaths, sensitiveResources } from '../../src/paths/find-paths.ts';
import { TENANT } from '../../tools/bench/stitch-documents.ts';
import { estateBatches } from '../../tools/bench/stitch-estate.ts';
import { ALL_RULES } from '../../tools/bench/stitch-phases.ts';
import { assumablePairs } from './every-pair.ts';

const MAX_HOPS = 8;
const ACCOUNTS = 2;

/** Every hop of an estate: where it leads, or what is reached with it. */
interface Hop {
  readonly to: string;
  /** Set where a chain ends with it: what it can do there. */
  readonly level?: string;
}

/** Kinds of things that policies, and other sources, give rights to. */
const ACTORS: ReadonlySet<string> = new Set(['identity', 'role']);

const batches = [...estateBatches(ACCOUNTS)];
const edges = batches.flatMap((batch) => batch.edges);
const graph = buildGraph({
  tenant_id: TENANT,
  entities: batches.flatMap((batch) => batch.entities),
  edges,
  policy_documents: batches.flatMap((batch) => batch.policy_documents),
});
const { correlations } = correlate(graph, ALL_RULES);
const identities = resolveIdentities(graph, correlations);

test('paths of the measured estate are those that asking every pair by itself finds', { timeout: 120_000 }, () => {
  const { paths } = findPaths(graph, { correlations, identities });
  const found = paths.map(({ workload, resource, access_level }) => `${workload.id} ${resource.id} ${access_level}`);
  const expected = reachedByAll(everyHop(graph, correlations, edges));
  expect([...new Set(found)].sort()).toEqual([...expected].sort());
});

test('the measured estate is what it is said to be', () => {
  expect(graph.problems).toEqual([]);
  expect(graph.entities.length / ACCOUNTS).toBeGreaterThan(950);
  expect(edges.length / ACCOUNTS).toBeGreaterThan(2_700);
  const ids = new Set(graph.entities.map(({ _id }) => _id));
  expect(edges.filter(({ from, to }) => !ids.has(from.id) || !ids.has(to.id))).toEqual([]);
  expect(new Set(correlations.map(({ rule_id }) => rule_id)).size).toBeGreaterThan(4);
  const { paths } = findPaths(graph, { correlations, identities });
  expect(paths.filter((path) => path.crosses_account_boundary).length).toBeGreaterThan(20);
  expect(paths.filter((path) => path.crosses_connector_boundary).length).toBeGreaterThan(2);
});

/** The hops of the whole estate, from the documents themselves and by judging all pairs. */
function everyHop(graph: Graph, joined: readonly Correlation[], stated: readonly GraphEdge[]) {
  const hops = new Map<string, Hop[]>();
  const add = (from: string, hop: Hop): void => {
    hops.set(from, [...(hops.get(from) ?? []), hop]);
  };
  const { resources, sensitive } = sensitiveResources(graph);
  const call = (from: string, to: string): void => {
    add(from, { to });
    if (sensitive.has(to)) add(from, { to, level: 'Read' });
  };
  for (const edge of stated) {
    const from = graph.entity(edge.from.id);
    if (!from || !isActive(edge, from)) continue;
    if (edge.edge_type === 'INVOKES') call(edge.from.id, edge.to.id);
    if (edge.edge_type === 'RUNS_AS' || edge.edge_type === 'AUTHENTICATES_AS') add(edge.from.id, { to: edge.to.id });
  }
  for (const { effect, left, right } of joined) {
    if (effect === 'BRIDGES_TO') call(left.id, right.id);
  }
  for (const { source_records } of identities) {
    for (const { id } of source_records) {
      for (const other of source_records) if (other.id !== id) add(id, { to: other.id });
    }
  }
  const authority = authorityOf(graph, resources);
  const homes = new Map<string, string>();
  for (const from of graph.entities) {
    if (!ACTORS.has(kindOf(from.entity_type))) continue;
    const delegation = authority.delegationOf(from);
    const home = delegation?.verdict === 'allowed' ? identityOf(graph, from)?.account : undefined;
    if (home) homes.set(from._id, home);
    if (delegation && delegation.verdict !== 'undetermined') add(from._id, { to: delegation.to._id, level: 'Admin' });
    for (const resource of resources) {
      for (const { access_level, verdict, to } of authority.accessBetween(from, resource)) {
        const elsewhere = !home || !inAccount(graph, to, home);
        if (verdict !== 'undetermined' && elsewhere) add(from._id, { to: to._id, level: access_level });
      }
    }
    // What it commands has no table of all pairs here: test/graph/can-control.test.ts asks that.
    if (!home)
      for (const { to, verdict } of authority.controllableFrom(from))
        if (verdict !== 'undetermined') add(from._id, { to: to._id });
  }
  for (const { from, to, decision } of assumablePairs(graph)) {
    const home = homes.get(from._id);
    const elsewhere = home === undefined || !inAccount(graph, to, home);
    if (decision !== 'undetermined' && elsewhere) add(from._id, { to: to._id });
  }
  return hops;
}

const inAccount = (graph: Graph, { _id }: GraphEntity, account: string): boolean =>
  graph.edgesFrom(_id, 'BELONGS_TO').some(({ to }) => to.source_record_id.includes(account));

/** What each workload comes to within the most hops, by breadth. */
function reachedByAll(hops: ReadonlyMap<string, readonly Hop[]>): ReadonlySet<string> {
  const reached = new Set<string>();
  for (const { _id, entity_type } of graph.entities) {
    if (kindOf(entity_type) !== 'workload') continue;
    const seen = new Set([_id]);
    let layer = [_id];
    for (let hop = 0; hop < MAX_HOPS && layer.length > 0; hop += 1) {
      const next: string[] = [];
      for (const { to, level } of layer.flatMap((id) => hops.get(id) ?? [])) {
        if (level !== undefined) reached.add(`${_id} ${to} ${level}`);
        else if (!seen.has(to)) {
          seen.add(to);
          next.push(to);
        }
      }
      layer = next;
    }
  }
  return reached;
}
