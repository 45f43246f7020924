import fc from 'fast-check';
import { expect } from 'vitest';
import {
  compilePolicy,
  type Estate,
  type EstatePrincipal,
  type EstateResource,
  evaluate,
  type PermissionFact,
  type PolicyKind,
  pairCount,
  pairsOf,
  requestContext,
} from '../../src/policy/index.ts';

/*
 * Small estates full of everything that an index could get wrong, and what asking every pair of them gives.
 */

/** The accounts of the estates. */
export const ACCOUNTS = ['111111111111', '222222222222', '333333333333'] as const;
const NAMES = ['app', 'ops', 'deploy-a'] as const;
/** The ARN of a role without a path. */
export const roleArn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;
const ROLE_ARNS = ACCOUNTS.flatMap((account) => NAMES.map((name) => roleArn(account, name)));
/** The one bucket. */
export const BUCKET = 'arn:aws:s3:::b';
const variable = (key: string) => `\${${key}}`;

const some = <T>(items: readonly T[]) => fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 2 });
const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny');
const actions = some([
  'sts:AssumeRole',
  'sts:*',
  's3:GetObject',
  's3:*',
  '*',
  'kms:Decrypt',
  'sts:AssumeRoleWithWebIdentity',
  'sts:TagSession',
]);
const resources = some([
  '*',
  '*',
  ...ROLE_ARNS,
  'arn:aws:iam::*:role/deploy-*',
  'arn:aws:iam::222222222222:role/*',
  `arn:aws:iam::*:role/${variable('aws:PrincipalTag/team')}`,
  `${BUCKET}/*`,
  `${BUCKET}/${variable('aws:username')}/*`,
  'arn:aws:kms:us-east-1:111111111111:key/k',
]);
const condition = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      { StringEquals: { 'sts:ExternalId': 'x' } },
      { StringEquals: { 'aws:PrincipalOrgID': 'o-a' } },
      { StringEquals: { 'aws:PrincipalTag/team': 'ops' } },
      { StringEquals: { 'aws:PrincipalTag/team': variable('aws:ResourceTag/team') } },
      { StringEquals: { 'aws:ResourceTag/team': ['ops', variable('sts:ExternalId')] } },
      { StringNotEquals: { 'aws:PrincipalAccount': '111111111111' } },
      { StringEquals: { 'aws:PrincipalAccount': ['111111111111', '222222222222'] } },
      { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/*' } },
      { ArnNotLike: { 'aws:PrincipalArn': '*:role/ops' } },
      { ArnEqualsIfExists: { 'aws:PrincipalArn': 'arn:aws:iam::111111111111:role/app' } },
      { StringLike: { 'aws:ResourceAccount': '1*' } },
      { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } },
      { StringEquals: { 'aws:PrincipalType': 'User' } },
      { StringLike: { 'aws:userid': '*:s1' } },
    ),
  },
);
const named = fc.oneof(
  fc.constant('*'),
  some([
    ...ACCOUNTS,
    ...ACCOUNTS.map((account) => `arn:aws:iam::${account}:root`),
    ...ROLE_ARNS,
    'arn:aws:iam::111111111111:user/k',
    'arn:aws:sts::111111111111:assumed-role/app/s1',
    'AROAEXAMPLEEXAMPLE1',
    '*',
  ]).map((AWS) => ({ AWS })),
  fc.constantFrom(
    { Service: 'lambda.amazonaws.com' },
    { Federated: 'arn:aws:iam::111111111111:oidc-provider/issuer.example' },
    { Federated: 'accounts.google.com' },
    { AWS: ROLE_ARNS[0], Federated: 'issuer.example' },
  ),
);

function policy(kind: PolicyKind, list = { minLength: 0, maxLength: 3 }) {
  const speaksOfPrincipals = kind === 'trust' || kind === 'resource' || kind === 'rcp';
  const not = fc.constantFrom('', '', '', '', 'Not');
  const statement = fc
    .record({
      Effect: effect,
      actions,
      resources,
      named,
      Condition: condition,
      notAction: not,
      notResource: not,
      notPrincipal: not,
    })
    .map(({ Effect, Condition, ...parts }) => ({
      Effect,
      Condition,
      [`${parts.notAction}Action`]: parts.actions,
      ...(kind === 'trust' ? {} : { [`${parts.notResource}Resource`]: parts.resources }),
      ...(speaksOfPrincipals ? { [`${parts.notPrincipal}Principal`]: parts.named } : {}),
    }));
  return fc.array(statement, list).map((Statement) => compilePolicy({ Version: '2012-10-17', Statement }, kind));
}

/** Few distinct policies, so that principals and roles share them as they do in AWS. */
const shelf = fc.record({
  identity: fc.array(policy('identity'), { minLength: 3, maxLength: 3 }),
  boundary: fc.option(policy('boundary'), { nil: undefined }),
  scp: policy('scp', { minLength: 1, maxLength: 2 }),
  rcp: policy('rcp', { minLength: 0, maxLength: 1 }),
  trust: fc.array(policy('trust', { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
  bucket: policy('resource'),
  key: policy('resource'),
});
const FULL_ACCESS = compilePolicy({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }, 'scp');

const ASKING = [
  ...ROLE_ARNS,
  'arn:aws:iam::111111111111:user/k',
  'arn:aws:iam::222222222222:user/k',
  'arn:aws:iam::111111111111:root',
  'arn:aws:sts::111111111111:assumed-role/app/s1',
  'arn:aws:sts::222222222222:assumed-role/app/s2',
  'arn:aws:iam::111111111111:oidc-provider/issuer.example',
  'arn:aws:iam::222222222222:oidc-provider/issuer.example',
  'lambda.amazonaws.com',
  'accounts.google.com',
  'anonymous',
];
/** Few distinct ones, so that principals fall into classes. */
const traits = fc.record({
  identity: fc.subarray([0, 1, 2], { minLength: 1 }),
  bounded: fc.boolean(),
  guarded: fc.boolean(),
  member: fc.constantFrom('o-a', 'o-a', null, undefined),
  tags: fc.constantFrom({}, { team: 'ops' }, { team: 'app' }, undefined),
  session: fc.constantFrom(undefined, undefined, 'unknown' as const),
});
const target = fc.record({
  trust: fc.constantFrom(0, 1, 2),
  limited: fc.boolean(),
  tags: fc.constantFrom({}, { team: 'ops' }, undefined),
});

interface Asked {
  readonly estate: Estate;
  readonly bucket: EstateResource;
}

/** A small estate, and a bucket in it. */
export const asked: fc.Arbitrary<Asked> = fc
  .record({
    shelf,
    profiles: fc.tuple(traits, traits),
    principals: fc.tuple(...ASKING.map(() => fc.constantFrom(0, 0, 0, 1))),
    targets: fc.tuple(...ROLE_ARNS.map(() => target)),
    known: fc.constantFrom({}, { 'aws:SecureTransport': 'true' }, { 'aws:PrincipalArn': ROLE_ARNS[0] ?? '' }),
    kmsKey: fc.constantFrom(undefined, '111111111111', '222222222222'),
  })
  .map(({ shelf, profiles, principals, targets, known, kmsKey }) => {
    const rcps = [[shelf.rcp]];
    const estate: Estate = {
      principals: ASKING.flatMap((arn, i): readonly EstatePrincipal[] => {
        const one = profiles[principals[i] ?? 0];
        const account = /:(\d{12}):/.exec(arn)?.[1] ?? null;
        const unique_id = arn === ROLE_ARNS[0] ? 'AROAEXAMPLEEXAMPLE1' : undefined;
        if (!one) return [];
        const identity = one.identity.flatMap((index) => shelf.identity[index] ?? []);
        return [
          {
            principal: { arn, account, organization: one.member, tags: one.tags, unique_id },
            policies: {
              identity,
              boundary: one.bounded ? shelf.boundary : undefined,
              scps: one.guarded ? [[FULL_ACCESS], [FULL_ACCESS, shelf.scp]] : undefined,
              session: one.session,
            },
          },
        ];
      }),
      roles: ROLE_ARNS.flatMap((arn, i): readonly EstateResource[] => {
        const one = targets[i];
        const account = arn.split(':')[4];
        if (!one || account === undefined) return [];
        return [
          {
            resource: { arn, account, organization: 'o-a', tags: one.tags },
            policies: { resource: shelf.trust[one.trust], rcps: one.limited ? rcps : undefined },
          },
        ];
      }),
      context: requestContext(known),
    };
    const encryption_key = kmsKey && { arn: `arn:aws:kms:us-east-1:${kmsKey}:key/k`, account: kmsKey };
    const bucket: EstateResource = {
      resource: { arn: `${BUCKET}/k/x`, account: '111111111111', organization: 'o-a', tags: {}, encryption_key },
      policies: { resource: shelf.bucket, rcps, key: shelf.key },
    };
    return { estate, bucket };
  });

/** What asking every pair gives. */
export function bruteForce(
  { principals, context }: Estate,
  resources: readonly EstateResource[],
  actionOf: (principal: EstatePrincipal) => string,
): readonly string[] {
  return principals.flatMap((one) =>
    resources.flatMap((other) => {
      const action = actionOf(one);
      const request = { principal: one.principal, action, resource: other.resource, context };
      const verdict = evaluate(request, { ...one.policies, ...other.policies });
      return verdict.decision === 'denied' ? [] : [shown(one, other, action, verdict)];
    }),
  );
}

/** The pairs of facts, as texts that can be compared. */
export const expanded = (facts: Iterable<PermissionFact>): readonly string[] =>
  [...facts].flatMap((fact) => {
    const pairs = [...pairsOf(fact)];
    expect(pairs.length).toBe(pairCount(fact));
    return pairs.map(({ principal, resource }) => shown(principal, resource, fact.action, fact.verdict));
  });

const shown = (one: EstatePrincipal, other: EstateResource, action: string, verdict: unknown): string =>
  `${one.principal.arn} ${action} ${other.resource.arn} ${JSON.stringify(verdict)}`;
