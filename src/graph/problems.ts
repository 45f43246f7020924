import { byText } from '../inventory/claim.ts';
import {
  type AttachedPolicy,
  boundaryPolicy,
  controlPolicy,
  holdsIdentityPolicies,
  identityPolicies,
  trustPolicy,
} from './attached-policies.ts';
import { type EntityName, type GraphEntity, isObserved, nameOf } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { policiesOfResource } from './resource.ts';

/** A policy of which the graph cannot say what it permits, or a document of which it cannot say what it is. */
export interface GraphProblem {
  /**
   * `malformed_policy` permits nothing; with `policy_unknown` nothing that needs the policy is claimed, and nothing is ruled out;
   * what is of an `unknown_type` was written by a later version and is left out.
   */
  readonly code: 'malformed_policy' | 'policy_unknown' | 'unknown_type';
  /** In whose record the policy stands, or what is of an unknown type. */
  readonly entity: EntityName;
  /** Where in it: the field, and where in the document. */
  readonly place: string;
  readonly message: string;
}

const keyOf = ({ entity, place }: GraphProblem): string => [entity.source_record_id, entity.id, place].join(' ');

/** Problems by record and place, each once. */
export const ordered = (problems: readonly GraphProblem[]): readonly GraphProblem[] =>
  [...new Map(problems.map((problem) => [keyOf(problem), problem]))]
    .sort(([a], [b]) => byText(a, b))
    .map(([, problem]) => problem);

/** The problems with the policies of all entities that somebody saw: one for each document and place, in no order. */
export function policyProblems(graph: GraphIndex): readonly GraphProblem[] {
  const problems = new Map<string, GraphProblem>();
  for (const entity of graph.entities) {
    if (!isObserved(entity)) continue;
    for (const policy of policiesOf(graph, entity)) {
      const problem = problemOf(policy);
      if (problem) problems.set(keyOf(problem), problem);
    }
  }
  return [...problems.values()];
}

function policiesOf(graph: GraphIndex, entity: GraphEntity): readonly AttachedPolicy[] {
  const policies: (AttachedPolicy | null)[] = [];
  if (holdsIdentityPolicies(entity)) policies.push(...identityPolicies(graph, entity));
  if (entity.entity_type === 'aws_iam_role' || entity.entity_type === 'aws_iam_user') {
    policies.push(boundaryPolicy(graph, entity));
  }
  if (entity.entity_type === 'aws_iam_role') policies.push(trustPolicy(graph, entity));
  policies.push(...policiesOfResource(graph, entity));
  if (entity.entity_type === 'aws_scp') policies.push(controlPolicy(graph, entity, 'scp'));
  if (entity.entity_type === 'aws_rcp') policies.push(controlPolicy(graph, entity, 'rcp'));
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
