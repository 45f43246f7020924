import { accountArn } from '../kernel/arn.ts';
import { derivedId } from '../kernel/ids.ts';
import { type CompiledPolicy, resourcesNamed } from '../policy/index.ts';
import type { CanAccess } from './can-access.ts';
import { ask, askEntity, type Candidate, candidateOf } from './can-control.ts';
import type { GraphEntity } from './documents.ts';
import type { Derivation } from './grant.ts';
import type { GraphIndex } from './graph.ts';
import { STAND_INS } from './judge.ts';
import { allOf, strongestOf } from './permitted.ts';
import { mentionsAll, readPolicies } from './policy-mentions.ts';
import type { Identity } from './principal.ts';
import type { NeededAction, Technique } from './technique.ts';
import { TECHNIQUES } from './techniques.ts';

/**
 * An identity may do everything in its account, or give itself the right to: one edge to the account, which stands for what it
 * can become, command and use there.
 */
export interface Delegation extends CanAccess {
  readonly access_level: 'Admin';
  /** How it makes itself an administrator; left out where it is one. */
  readonly technique?: string;
}

/** An action that no service has: only a policy that allows `*` allows it. */
const NO_SERVICES_ACTION = 'throughline:AnyAction';

/**
 * What an administrator must be allowed besides, on things that nobody named: one action or two of each kind that counts for
 * paths, and those of IAM with which the rest can be had. What a Deny, a boundary or an SCP cuts from these makes it no
 * administrator, and it is asked about things one by one.
 */
const PROBES: readonly (readonly [action: string, arn: string])[] = [
  [NO_SERVICES_ACTION, '*'],
  ['iam:CreateUser', 'arn:<partition>:iam::<account>:user/throughline-any-name'],
  ['iam:CreateRole', 'arn:<partition>:iam::<account>:role/throughline-any-name'],
  ['iam:PutRolePolicy', 'arn:<partition>:iam::<account>:role/throughline-any-name'],
  ['iam:UpdateAssumeRolePolicy', 'arn:<partition>:iam::<account>:role/throughline-any-name'],
  ['iam:PassRole', 'arn:<partition>:iam::<account>:role/throughline-any-name'],
  ['lambda:UpdateFunctionCode', 'arn:<partition>:lambda:us-east-1:<account>:function:throughline-any-name'],
  ['s3:GetObject', 'arn:<partition>:s3:::throughline-any-name/throughline-any-name'],
  ['s3:PutBucketPolicy', 'arn:<partition>:s3:::throughline-any-name'],
  ['dynamodb:GetItem', 'arn:<partition>:dynamodb:us-east-1:<account>:table/throughline-any-name'],
  ['secretsmanager:GetSecretValue', 'arn:<partition>:secretsmanager:us-east-1:<account>:secret:throughline-any-name'],
  ['ssm:GetParameter', 'arn:<partition>:ssm:us-east-1:<account>:parameter/throughline-any-name'],
];

const OF_ACCOUNT = TECHNIQUES.filter(({ controls }) => controls.includes('aws_account'));

/** Answers whether an identity may do everything in its account. */
export function delegations(graph: GraphIndex): (identity: Identity) => Delegation | undefined {
  return (identity) => {
    const candidate = candidateOf(graph, identity);
    const account = candidate && graph.entityByArn(accountArn(candidate.account, candidate.partition));
    if (!candidate || !account) return undefined;
    if (allowsEverything(readPolicies(identity))) {
      const everything = allOf(probed(candidate));
      if (everything) return edgeTo(graph, identity, account, { ...everything, ...OUTRIGHT });
    }
    return strongestOf(OF_ACCOUNT.map((technique) => byTechnique(graph, candidate, account, technique)));
  };
}

const OUTRIGHT = { action: '*', action_resource: '*' };

/** Whether one of some policies, taken by itself, allows every action on everything. */
const allowsEverything = (policies: readonly CompiledPolicy[]): boolean =>
  policies.some((policy) => resourcesNamed(policy, NO_SERVICES_ACTION).some(({ text }) => /^\*+$/.test(text)));

/** Whether who has these policies could be an administrator: where not, nothing needs to be asked. */
export const mightAdminister = (policies: readonly CompiledPolicy[]): boolean =>
  allowsEverything(policies) || OF_ACCOUNT.some(({ needs }) => mentionsAll(policies, needs));

function* probed(candidate: Candidate): Generator<Derivation | undefined> {
  const { account, partition } = candidate;
  for (const [action, arn] of PROBES) {
    yield ask(candidate, action, arn.replace('<partition>', partition).replace('<account>', account));
  }
}

/** By giving itself a policy that allows everything, as far as its boundary and the SCPs let that count. */
function byTechnique(
  graph: GraphIndex,
  candidate: Candidate,
  account: GraphEntity,
  { id, needs }: Technique,
): Delegation | undefined {
  const { identity } = candidate;
  if (!mentionsAll(readPolicies(identity), needs)) return undefined;
  const escalated: Candidate = { ...candidate, identity: withEverything(identity) };
  const [need] = needs;
  const derivation = need && allOf([ofItself(graph, candidate, need), allOf(probed(escalated))]);
  if (!derivation) return undefined;
  return edgeTo(graph, identity, account, { ...derivation, action: need.action, technique: id });
}

const withEverything = (identity: Identity): Identity => ({
  ...identity,
  set: (assumption) => {
    const { identity: own = [], ...limits } = identity.set(assumption);
    return { ...limits, identity: [...own, STAND_INS.best.identity] };
  },
});

/** What policies say of an action on the identity itself, or on one of its groups or policies. */
function ofItself(graph: GraphIndex, candidate: Candidate, { action, of }: NeededAction): Derivation | undefined {
  const { entity } = candidate.identity;
  const own = (edge_type: 'MEMBER_OF' | 'HAS_POLICY'): readonly GraphEntity[] =>
    graph.edgesFrom(entity._id, edge_type).flatMap(({ to }) => graph.entity(to.id) ?? []);
  const things = of === 'group_of_self' ? own('MEMBER_OF') : of === 'policy_of_self' ? own('HAS_POLICY') : [entity];
  return strongestOf(
    things
      .filter(({ entity_type, source_record_id }) =>
        of === 'policy_of_self' ? source_record_id.includes(`::${candidate.account}:`) : isOf(of, entity_type),
      )
      .map((thing) => askEntity(candidate, action, thing)),
  );
}

const isOf = (of: NeededAction['of'], type: GraphEntity['entity_type']): boolean =>
  of === 'group_of_self' ? type === 'aws_iam_group' : of === `self ${type}`;

function edgeTo(
  graph: GraphIndex,
  { entity: from }: Identity,
  to: GraphEntity,
  shown: Derivation & Pick<Delegation, 'action' | 'action_resource' | 'technique'>,
): Delegation {
  const _id = derivedId(graph.tenant_id, 'CAN_ACCESS', from._id, to._id, 'Admin');
  return { edge_type: 'CAN_ACCESS', _id, to, access_level: 'Admin', ...shown };
}
