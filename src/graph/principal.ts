import { parseArn } from '../kernel/arn.ts';
import type { AccountId } from '../kernel/ids.ts';
import { type PolicySet, type Principal, type RequestContext, requestContext } from '../policy/index.ts';
import { accountOf } from './accounts.ts';
import { type AttachedPolicy, boundaryPolicy, identityPolicies } from './attached-policies.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { guardrailsOf, type Levels } from './guardrails.ts';
import { type Assumption, assumed, DIRECT_CALL } from './judge.ts';
import { tagsOf, textOf } from './properties.ts';

/** A role, a user or a federated subject as one who asks: who it is and every policy that says what it may do. */
export interface Identity {
  readonly entity: GraphEntity;
  /** Null for a federated subject: it is of no account. */
  readonly account: AccountId | null;
  readonly principal: Principal;
  readonly policies: readonly AttachedPolicy[];
  readonly boundary: AttachedPolicy | null;
  /** The SCPs of its account, one list for each level. */
  readonly scps: Levels<AttachedPolicy>;
  /** Everything above in one list: where the statements of a verdict stand. */
  readonly attached: readonly AttachedPolicy[];
  /** What is known of its requests. */
  readonly context: RequestContext;
  /** Its policies under an assumption about what could not be read; the same object each time. */
  readonly set: (assumption: Assumption) => Pick<PolicySet, 'identity' | 'boundary' | 'scps'>;
}

/** The role, user or federated subject as one who asks; undefined for everything else. */
export function identityOf(graph: GraphIndex, entity: GraphEntity): Identity | undefined {
  switch (entity.entity_type) {
    case 'aws_iam_role':
    case 'aws_iam_user':
      return accountIdentity(graph, entity);
    case 'external_oidc_subject':
      return federatedIdentity(entity);
    default:
      return undefined;
  }
}

function accountIdentity(graph: GraphIndex, entity: GraphEntity): Identity | undefined {
  const arn = entity.source_record_id;
  const account = accountOf(graph, entity);
  if (account === undefined) return undefined;
  const { organization, management_account, scps } = guardrailsOf(graph, account, parseArn(arn)?.partition ?? 'aws');
  const policies = identityPolicies(graph, entity);
  const boundary = boundaryPolicy(graph, entity);
  const setIn = (assumption: Assumption) => ({
    identity: policies.map((policy) => assumed(policy, assumption)),
    boundary: boundary ? assumed(boundary, assumption) : undefined,
    scps: scps.set(assumption),
  });
  const sets = { best: setIn('best'), worst: setIn('worst') };
  const principal: Principal = {
    arn,
    account,
    organization,
    tags: tagsOf(entity),
    unique_id: textOf(entity, 'unique_id') ?? undefined,
    management_account,
  };
  const attached = [...policies, ...(boundary ? [boundary] : []), ...scps.policies.flat()];
  return {
    entity,
    account,
    principal,
    policies,
    boundary,
    scps: scps.policies,
    attached,
    context: DIRECT_CALL,
    set: (assumption) => sets[assumption],
  };
}

/**
 * A subject of an OIDC issuer, as roles that trust the issuer see it: its token's `sub` is known. What else its token says
 * (`aud`, `amr`) is not, and stays a condition.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
function federatedIdentity(entity: GraphEntity): Identity {
  const provider = entity.source_system_id.replace(/^https:\/\//, '');
  const { known, absent } = DIRECT_CALL;
  const subject = requestContext({ [`${provider}:sub`]: entity.source_record_id }).known;
  return {
    entity,
    account: null,
    principal: { arn: provider, account: null },
    policies: [],
    boundary: null,
    scps: [],
    attached: [],
    context: { known: new Map([...known, ...subject]), absent },
    set: () => NO_POLICIES,
  };
}

const NO_POLICIES = {};
