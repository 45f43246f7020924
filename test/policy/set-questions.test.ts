import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accessTo,
  assumableRoles,
  assumeAction,
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
 * Small estates full of everything that an index could get wrong: wherever policies meet, the facts, expanded, are what asking every pair gives.
 */

const ACCOUNTS = ['111111111111', '222222222222', '333333333333'] as const;
const NAMES = ['app', 'ops', 'deploy-a'] as const;
const roleArn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;
const ROLE_ARNS = ACCOUNTS.flatMap((account) => NAMES.map((name) => roleArn(account, name)));
const BUCKET = 'arn:aws:s3:::b';
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
const traits = fc.record({
  identity: fc.subarray([0, 1, 2]),
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

const asked: fc.Arbitrary<Asked> = fc
  .record({
    shelf,
    principals: fc.tuple(...ASKING.map(() => traits)),
    targets: fc.tuple(...ROLE_ARNS.map(() => target)),
    known: fc.constantFrom({}, { 'aws:SecureTransport': 'true' }, { 'aws:PrincipalArn': ROLE_ARNS[0] ?? '' }),
    kmsKey: fc.constantFrom(undefined, '111111111111', '222222222222'),
  })
  .map(({ shelf, principals, targets, known, kmsKey }) => {
    const rcps = [[shelf.rcp]];
    const estate: Estate = {
      principals: ASKING.flatMap((arn, i): readonly EstatePrincipal[] => {
        const one = principals[i];
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
function bruteForce(
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

const expanded = (facts: Iterable<PermissionFact>): readonly string[] =>
  [...facts].flatMap((fact) => {
    const pairs = [...pairsOf(fact)];
    expect(pairs.length).toBe(pairCount(fact));
    return pairs.map(({ principal, resource }) => shown(principal, resource, fact.action, fact.verdict));
  });

const shown = (one: EstatePrincipal, other: EstateResource, action: string, verdict: unknown): string =>
  `${one.principal.arn} ${action} ${other.resource.arn} ${JSON.stringify(verdict)}`;

describe('the facts of a set question, expanded, are what asking every pair gives', () => {
  it('for roles', () => {
    let pairs = 0;
    fc.assert(
      fc.property(asked, ({ estate }) => {
        const facts = expanded(assumableRoles(estate));
        expect(facts.toSorted()).toEqual(
          bruteForce(estate, estate.roles, ({ principal }) => assumeAction(principal)).toSorted(),
        );
        pairs += facts.length;
      }),
      { numRuns: 600 },
    );
    expect(pairs).toBeGreaterThan(3_000);
  });

  it('for a resource and its key', () => {
    let pairs = 0;
    fc.assert(
      fc.property(asked, ({ estate, bucket }) => {
        for (const action of ['s3:GetObject', 'S3:ListBucket']) {
          const facts = expanded(accessTo(estate, bucket, [action]));
          expect(facts.toSorted()).toEqual(bruteForce(estate, [bucket], () => action).toSorted());
          pairs += facts.length;
        }
      }),
      { numRuns: 600 },
    );
    expect(pairs).toBeGreaterThan(1_000);
  });
});

describe('the answer grows with the facts', () => {
  const identity = [compilePolicy({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }, 'identity')];
  const account = '111111111111';
  const many = (prefix: string): readonly string[] =>
    Array.from({ length: 50 }, (_, i) => roleArn(account, `${prefix}-${i}`));
  const asking = (arns: readonly string[], policies: EstatePrincipal['policies']): readonly EstatePrincipal[] =>
    arns.map((arn) => ({ principal: { arn, account, organization: 'o-a', tags: {} }, policies }));
  const trusting = (arns: readonly string[], Principal: unknown): readonly EstateResource[] => {
    const resource = compilePolicy({ Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' } }, 'trust');
    return arns.map((arn) => ({ resource: { arn, account }, policies: { resource } }));
  };

  it('administrators and roles that trust their account are one fact', () => {
    const estate: Estate = {
      principals: [...asking(many('admin'), { identity }), ...asking(many('app'), {})],
      roles: trusting(many('app'), { AWS: account }),
    };
    const costs = { evaluations: 0 };
    const facts = [...assumableRoles(estate, costs)];
    expect(facts.map(pairCount)).toEqual([2_500]);
    expect(costs.evaluations).toBe(1);
  });

  it('a role that trusts everybody is one fact for all who need no policy of their own', () => {
    const estate: Estate = { principals: asking(many('app'), {}), roles: trusting([roleArn(account, 'open')], '*') };
    expect([...assumableRoles(estate)].map(pairCount)).toEqual([50]);
  });
});
