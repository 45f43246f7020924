import { principalsNamed } from '../policy/index.ts';
import { type AttachedPolicy, trustPolicy } from './attached-policies.ts';
import type { GraphEntity } from './documents.ts';
import type { Graph } from './graph.ts';
import type { Identity } from './principal.ts';

/** A role and the policy that says who may become it. */
export interface TrustingRole {
  readonly role: GraphEntity;
  readonly trust: AttachedPolicy;
}

/** Which roles' trust policies could name an identity: where to look, instead of at all pairs. */
export interface TrustIndex {
  /** Never too few, sometimes too many; each role once. */
  readonly candidates: (identity: Identity) => readonly TrustingRole[];
  /** Roles whose trust policy nobody could read, by ARN: anybody might be named there. */
  readonly unreadable: ReadonlyMap<string, TrustingRole>;
}

/** Indexes the trust policies of all roles by whom they name. A trust of a whole account is one entry, not one for each of its roles. */
export function trustIndex(graph: Graph): TrustIndex {
  const named = new Map<string, TrustingRole[]>();
  const unreadable = new Map<string, TrustingRole>();
  for (const role of graph.entities) {
    if (role.entity_type !== 'aws_iam_role') continue;
    const trusting = { role, trust: trustPolicy(graph, role) };
    if (trusting.trust.reading.state === 'unknown') unreadable.set(role.source_record_id, trusting);
    for (const name of namesIn(trusting.trust)) {
      const known = named.get(name);
      if (known) known.push(trusting);
      else named.set(name, [trusting]);
    }
  }
  return {
    unreadable,
    candidates: (identity) => [...new Set(namesOf(identity).flatMap((name) => named.get(name) ?? []))],
  };
}

const EVERYBODY = '*';

function namesIn({ reading }: AttachedPolicy): readonly string[] {
  if (reading.state === 'unknown') return [];
  const { everybody, accounts, arns, unique_ids, sessions } = principalsNamed(reading.policy, 'sts:AssumeRole');
  const names = [
    ...accounts,
    ...arns,
    ...unique_ids,
    ...sessions.map(({ account, role_name }) => sessionsOf(account, role_name)),
  ];
  return [...new Set(everybody ? [EVERYBODY, ...names] : names)];
}

/** Every name under which a trust policy can mean the identity. */
function namesOf({ principal, account, entity }: Identity): readonly string[] {
  const name = entity.source_record_id.slice(entity.source_record_id.lastIndexOf('/') + 1);
  return [
    EVERYBODY,
    account,
    principal.arn,
    sessionsOf(account, name),
    ...(principal.unique_id ? [principal.unique_id] : []),
  ];
}

const sessionsOf = (account: string, role_name: string): string => `${account} ${role_name}`;
