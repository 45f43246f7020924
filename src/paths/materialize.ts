import type { Correlation } from '../correlations/correlation.ts';
import { isObserved, nameOf } from '../graph/documents.ts';
import { derivationEvidence, edgeEvidence } from '../graph/evidence.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import { conditionSentence, type OpenCondition } from '../policy/index.ts';
import { flagsOf } from './boundaries.ts';
import { crossedFrom, type HopStep } from './hop-steps.ts';
import type { JoinedIndex } from './joined.ts';
import type { Chain, EntityReference, Hop, HopEvidence, PathCondition, RuleEvidence } from './path.ts';
import type { Place } from './places.ts';

/** Makes hops and chains of what a search found; a hop that many chains share is made once. */
export interface Materializer {
  readonly reference: (place: Place) => EntityReference;
  readonly chain: (start: Place, steps: readonly HopStep[]) => Chain;
}

export function materializer(graph: Graph, joined: JoinedIndex): Materializer {
  const reference = remembered(referenceTo);
  const hop = remembered((step: HopStep) => hopOf(graph, joined, step, reference));
  return { reference, chain: (start, steps) => chainOf(start, steps, steps.map(hop)) };
}

function remembered<K extends object, T>(make: (key: K) => T): (key: K) => T {
  const made = new Map<K, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

function chainOf(start: Place, steps: readonly HopStep[], hops: readonly Hop[]): Chain {
  const places = [start, ...steps.map(({ to }) => to)];
  const crossings = steps.map(crossedFrom(start)).reduce((all, crossed) => all | crossed, 0);
  return {
    hops,
    ...flagsOf(crossings),
    verdict: steps.some(({ conditional }) => conditional) ? 'conditional' : 'allowed',
    conditions: distinct(hops.flatMap(({ conditions }) => conditions)),
    correlation_rules: ordered(hops.flatMap(({ evidence }) => evidence.flatMap(ruleOf))),
    identities: ordered(places.flatMap(({ identity }) => identity?._id ?? [])),
    accounts: ordered(places.flatMap(({ location }) => location.account ?? [])),
  };
}

const ruleOf = (evidence: HopEvidence): readonly string[] =>
  evidence.kind === 'correlation' ? [evidence.rule_id] : [];

const ordered = <T extends string>(values: readonly T[]): readonly T[] => [...new Set(values)].sort(byText);

function hopOf(graph: Graph, joined: JoinedIndex, step: HopStep, reference: (place: Place) => EntityReference): Hop {
  const { hop_type, from, to, conditional, edge } = step;
  const hop = {
    edge_type: hop_type,
    from: reference(from),
    to: reference(to),
    verdict: conditional ? ('conditional' as const) : ('allowed' as const),
    conditions: [],
  };
  if (!edge) {
    const correlations = from.identity ? joined.between(from.identity, from.entity._id, to.entity._id) : [];
    return { ...hop, evidence: correlations.map(ruleEvidence) };
  }
  if ('rule_id' in edge) {
    const { conditions = [] } = edge;
    return { ...hop, conditions: conditions.map(inWords), evidence: [ruleEvidence(edge)] };
  }
  if (!('grants' in edge)) return { ...hop, evidence: edgeEvidence(edge) };
  const derived = {
    ...hop,
    conditions: edge.conditions.map(inWords),
    evidence: derivationEvidence(graph.policies, edge),
  };
  if (edge.edge_type === 'CAN_ASSUME') return derived;
  const technique = 'technique' in edge ? { technique: edge.technique } : {};
  if (edge.edge_type === 'CAN_CONTROL') return { ...derived, ...technique, actions: edge.actions };
  if (edge.action === undefined || edge.action_resource === undefined) return { ...derived, ...technique };
  return { ...derived, ...technique, action: edge.action, action_resource: edge.action_resource };
}

const ruleEvidence = ({ _id, rule_id, left, right, evidence }: Correlation): RuleEvidence => ({
  kind: 'correlation',
  rule_id,
  correlation_id: _id,
  left: nameIn(left),
  right: nameIn(right),
  evidence,
});

const nameIn = ({
  id,
  entity_type,
  source_system_id,
  source_record_id,
}: Correlation['left']): RuleEvidence['left'] => ({
  id,
  entity_type,
  source_system_id,
  source_record_id,
});

function referenceTo({ entity, location }: Place): EntityReference {
  const { display_name } = entity;
  const { account } = location;
  return {
    ...nameOf(entity),
    display_name,
    observed: isObserved(entity),
    ...(account === undefined ? {} : { account_id: account }),
  };
}

const inWords = (condition: OpenCondition): PathCondition => ({ ...condition, sentence: conditionSentence(condition) });

const distinct = (conditions: readonly PathCondition[]): readonly PathCondition[] =>
  conditions.length < 2
    ? conditions
    : [...new Map(conditions.map((condition) => [canonicalJson(condition), condition])).values()];
