import { byText } from '../inventory/claim.ts';
import { hasAccessLevels } from './access-levels.ts';
import {
  type AttachedPolicy,
  boundaryPolicy,
  holdsIdentityPolicies,
  identityPolicies,
  resourcePolicy,
  trustPolicy,
} from './attached-policies.ts';
import { type EntityName, type GraphEntity, isObserved, nameOf } from './documents.ts';
import type { GraphIndex } from './graph.ts';

/** A policy of which the graph cannot say what it permits. */
export interface GraphProblem {
  /** `malformed_policy` permits nothing; with `policy_unknown` nothing that needs the policy is claimed, and nothing is ruled out. */
  readonly code: 'malformed_policy' | 'policy_unknown';
  /** In whose record the policy stands. */
  readonly entity: EntityName;
  /** Where in it: the field, and where in the document. */
  readonly place: string;
  readonly message: string;
}

/** The problems with the policies of all entities that somebody saw: one for each document and place. */
export function policyProblems(graph: GraphIndex): readonly GraphProblem[] {
  const problems = new Map<string, GraphProblem>();
  for (const entity of graph.entities) {
    if (!isObserved(entity)) continue;
    for (const policy of policiesOf(graph, entity)) {
      const problem = problemOf(policy);
      if (problem) problems.set([problem.entity.source_record_id, problem.entity.id, problem.place].join(' '), problem);
    }
  }
  return [...problems].sort(([a], [b]) => byText(a, b)).map(([, problem]) => problem);
}

function policiesOf(graph: GraphIndex, entity: GraphEntity): readonly AttachedPolicy[] {
  const policies: (AttachedPolicy | null)[] = [];
  if (holdsIdentityPolicies(entity)) policies.push(...identityPolicies(graph, entity));
  if (entity.entity_type === 'aws_iam_role' || entity.entity_type === 'aws_iam_user') {
    policies.push(boundaryPolicy(graph, entity));
  }
  if (entity.entity_type === 'aws_iam_role') policies.push(trustPolicy(graph, entity));
  if (hasAccessLevels(entity.entity_type)) policies.push(resourcePolicy(graph, entity));
  return policies.filter((policy) => policy !== null);
}

function problemOf({ reading, holder, field_path, hash }: AttachedPolicy): GraphProblem | undefined {
  const entity = nameOf(holder);
  switch (reading.state) {
    case 'read':
      return undefined;
    case 'malformed':
      return { code: 'malformed_policy', entity, place: `${field_path}.${reading.place}`, message: reading.message };
    case 'unknown':
      return {
        code: 'policy_unknown',
        entity,
        place: field_path,
        message: hash === undefined ? 'could not be read' : `the document with the hash ${hash} is not stored`,
      };
  }
}
