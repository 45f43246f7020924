import { parseArn } from '../kernel/arn.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { PolicySet, Resource } from '../policy/index.ts';
import { accountOf } from './accounts.ts';
import { type AttachedPolicy, trustPolicy } from './attached-policies.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { guardrailsOf } from './guardrails.ts';
import { type Assumption, assumed } from './judge.ts';
import { tagsOf } from './properties.ts';

/** A role as something to become: what says who may. */
export interface TrustingRole {
  readonly role: GraphEntity;
  readonly account: AccountId;
  readonly trust: AttachedPolicy;
  /** The trust policy and the RCPs of the account: where the statements of a verdict stand. */
  readonly attached: readonly AttachedPolicy[];
  readonly resource: Resource & { readonly account: AccountId };
  /** Its policies under an assumption about what could not be read; the same object each time. */
  readonly set: (assumption: Assumption) => Pick<PolicySet, 'resource' | 'rcps'>;
}

/** The role as something to become; undefined for everything else. */
export function trustingRole(graph: GraphIndex, role: GraphEntity): TrustingRole | undefined {
  if (role.entity_type !== 'aws_iam_role') return undefined;
  const arn = role.source_record_id;
  const account = accountOf(graph, role);
  if (account === undefined) return undefined;
  const { organization, management_account, rcps } = guardrailsOf(graph, account, parseArn(arn)?.partition ?? 'aws');
  const trust = trustPolicy(graph, role);
  const setIn = (assumption: Assumption) => ({ resource: assumed(trust, assumption), rcps: rcps.set(assumption) });
  const sets = { best: setIn('best'), worst: setIn('worst') };
  return {
    role,
    account,
    trust,
    attached: [trust, ...rcps.policies.flat()],
    resource: { arn, account, organization, tags: tagsOf(role), management_account },
    set: (assumption) => sets[assumption],
  };
}
