import { accountOf } from '../graph/accounts.ts';
import type { CanAccess } from '../graph/can-access.ts';
import { type GraphEntity, isObserved } from '../graph/documents.ts';
import { edgeEvidence, grantEvidence } from '../graph/evidence.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import { conditionSentence, type OpenCondition } from '../policy/index.ts';
import { flagsOf } from './boundaries.ts';
import type { HopStep } from './hop-steps.ts';
import { type EntityReference, type Hop, type Path, type PathCondition, withIdentity } from './path.ts';
import type { Found } from './search.ts';
import type { Sensitivity } from './sensitive.ts';

/** The document of a path that was found. `access` is its last edge. */
export function pathOf(
  graph: Graph,
  workload: GraphEntity,
  { steps, conditional, crossings, alternatives, alternatives_capped }: Found<HopStep>,
  access: CanAccess,
  sensitivity: Sensitivity,
): Path {
  const hops = steps.map((step) => hopOf(graph, step));
  const ends = hops.flatMap(({ from, to }) => [from, to]);
  return withIdentity({
    tenant_id: graph.tenant_id,
    workload: referenceTo(graph, workload),
    resource: referenceTo(graph, access.to),
    access_level: access.access_level,
    sensitivity,
    hops,
    ...flagsOf(crossings.reduce((sum, crossing) => sum | Number(crossing), 0)),
    verdict: conditional ? 'conditional' : 'allowed',
    conditions: distinct(hops.flatMap(({ conditions }) => conditions)),
    correlation_rules: [],
    identities: [],
    accounts: [...new Set(ends.flatMap(({ account_id }) => account_id ?? []))].sort(byText),
    alternatives,
    alternatives_capped,
  });
}

function hopOf(graph: Graph, { hop_type, from, target, conditional, edge }: HopStep): Hop {
  const hop = {
    edge_type: hop_type,
    from: referenceTo(graph, from),
    to: referenceTo(graph, target),
    verdict: conditional ? ('conditional' as const) : ('allowed' as const),
  };
  if (!('grants' in edge)) return { ...hop, conditions: [], evidence: edgeEvidence(edge) };
  const { conditions, grants } = edge;
  const derived = {
    ...hop,
    conditions: conditions.map(inWords),
    evidence: grantEvidence(graph.policies, grants),
  };
  if (edge.edge_type === 'CAN_ASSUME') return derived;
  return { ...derived, action: edge.action, action_resource: edge.action_resource };
}

function referenceTo(graph: Graph, entity: GraphEntity): EntityReference {
  const { _id, entity_type, source_system_id, source_record_id, display_name } = entity;
  const account_id = accountOf(graph, entity);
  return {
    id: _id,
    entity_type,
    source_system_id,
    source_record_id,
    display_name,
    observed: isObserved(entity),
    ...(account_id === undefined ? {} : { account_id }),
  };
}

const inWords = (condition: OpenCondition): PathCondition => ({ ...condition, sentence: conditionSentence(condition) });

const distinct = (conditions: readonly PathCondition[]): readonly PathCondition[] => [
  ...new Map(conditions.map((condition) => [canonicalJson(condition), condition])).values(),
];
