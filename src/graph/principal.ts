import { parseArn } from '../kernel/arn.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Principal } from '../policy/index.ts';
import { accountOf, organizationOf } from './accounts.ts';
import { type AttachedPolicy, boundaryPolicy, identityPolicies } from './attached-policies.ts';
import type { GraphEntity } from './documents.ts';
import type { Graph } from './graph.ts';
import { type Assumption, assumed, type Question } from './judge.ts';
import { tagsOf, textOf } from './properties.ts';

/** A role or user as one who asks: who it is and every policy that says what it may do. */
export interface Identity {
  readonly entity: GraphEntity;
  readonly account: AccountId;
  readonly principal: Principal;
  readonly policies: readonly AttachedPolicy[];
  readonly boundary: AttachedPolicy | null;
  /** Its policies under an assumption about what could not be read; the same object each time. */
  readonly set: (assumption: Assumption) => Pick<Question['policies'], 'identity' | 'boundary'>;
}

/** The role or user as one who asks; undefined for everything else. */
export function identityOf(graph: Graph, entity: GraphEntity): Identity | undefined {
  if (entity.entity_type !== 'aws_iam_role' && entity.entity_type !== 'aws_iam_user') return undefined;
  const arn = entity.source_record_id;
  const account = accountOf(graph, entity);
  if (account === undefined) return undefined;
  const policies = identityPolicies(graph, entity);
  const boundary = boundaryPolicy(graph, entity);
  const setIn = (assumption: Assumption) => ({
    identity: policies.map((policy) => assumed(policy, assumption)),
    boundary: boundary ? assumed(boundary, assumption) : undefined,
  });
  const sets = { best: setIn('best'), worst: setIn('worst') };
  const principal: Principal = {
    arn,
    account,
    organization: organizationOf(graph, account, parseArn(arn)?.partition ?? 'aws'),
    tags: tagsOf(entity),
    unique_id: textOf(entity, 'unique_id') ?? undefined,
  };
  return { entity, account, principal, policies, boundary, set: (assumption) => sets[assumption] };
}
