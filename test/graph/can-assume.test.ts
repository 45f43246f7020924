import { describe, expect, test } from 'vitest';
import { authorityOf } from '../../src/graph/authority.ts';
import type { CanAssume } from '../../src/graph/can-assume.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import {
  aFarEnd,
  allow,
  anAttachedPolicy,
  anEdge,
  anEntity,
  aRole,
  DATA,
  edgesOnly,
  entityIn,
  graphOf,
  type Overrides,
  type Part,
  policy,
  roleArn,
  stored,
  trusting,
  WORKLOADS,
} from './estate.ts';

const CALLER = roleArn(WORKLOADS, 'caller');
const TARGET = roleArn(DATA, 'target');
const LOCAL = roleArn(WORKLOADS, 'local');
const ASSUME_ANY = { assume: policy(allow('sts:AssumeRole')) };

const assumable = (parts: readonly Part[], from = CALLER): readonly CanAssume[] => {
  const graph = graphOf(...parts);
  return authorityOf(graph, []).assumableFrom(entityIn(graph, from));
};

const verdicts = (parts: readonly Part[], from = CALLER) =>
  assumable(parts, from).map(({ to, verdict }) => [to.source_record_id, verdict]);

const caller = (policies: Readonly<Record<string, Json>> = {}, properties: Overrides = {}): Part =>
  aRole({ name: 'caller', policies, properties });
const target = (trust: Json = trusting({ AWS: CALLER }), properties: Overrides = {}): Part =>
  aRole({ name: 'target', account: DATA, trust, properties });
const local = (trust: Json): Part => aRole({ name: 'local', trust });

describe('who may become whom', () => {
  test('across accounts both sides have to allow', () => {
    expect(verdicts([caller(ASSUME_ANY), target()])).toEqual([[TARGET, 'allowed']]);
    expect(verdicts([caller(), target()])).toEqual([]);
    expect(verdicts([caller(ASSUME_ANY), target(trusting({ AWS: roleArn(WORKLOADS, 'other') }))])).toEqual([]);
  });

  test('inside an account a trust that names the role itself suffices, one that names the account does not', () => {
    expect(verdicts([caller(), local(trusting({ AWS: CALLER }))])).toEqual([[LOCAL, 'allowed']]);
    expect(verdicts([caller(), local(trusting({ AWS: `arn:aws:iam::${WORKLOADS}:root` }))])).toEqual([]);
    expect(verdicts([caller(ASSUME_ANY), local(trusting({ AWS: WORKLOADS }))])).toEqual([[LOCAL, 'allowed']]);
  });

  test.each<[string, Json]>([
    ['everybody', '*'],
    ['the whole account', { AWS: WORKLOADS }],
    ['the unique id', { AWS: 'AROAEXAMPLEEXAMPLE01' }],
  ])('a trust of %s is found', (_, principal) => {
    const withId = caller(ASSUME_ANY, { unique_id: 'AROAEXAMPLEEXAMPLE01' });
    expect(verdicts([withId, target(trusting(principal))])).toEqual([[TARGET, 'allowed']]);
  });

  test('a trust of one session of the role is found, and open on which session it is', () => {
    const session = `arn:aws:sts::${WORKLOADS}:assumed-role/caller/nightly`;
    const [edge] = assumable([caller(ASSUME_ANY), target(trusting({ AWS: session }))]);
    expect(edge).toMatchObject({ verdict: 'conditional', conditions: [{ key: 'aws:userid', values: ['*:nightly'] }] });
  });

  test('an explicit Deny on either side wins', () => {
    const deny = policy(allow('sts:AssumeRole'), { Effect: 'Deny', Action: 'sts:*', Resource: TARGET });
    expect(verdicts([caller({ deny }), target()])).toEqual([]);
    const trust = policy(
      { Effect: 'Allow', Principal: { AWS: WORKLOADS }, Action: 'sts:AssumeRole' },
      { Effect: 'Deny', Principal: { AWS: CALLER }, Action: 'sts:AssumeRole' },
    );
    expect(verdicts([caller(ASSUME_ANY), target(trust)])).toEqual([]);
  });

  test('a user has the policies of its groups, and evidence for how', () => {
    const user = `arn:aws:iam::${WORKLOADS}:user/ada`;
    const group = `arn:aws:iam::${WORKLOADS}:group/operators`;
    const managed = `arn:aws:iam::${WORKLOADS}:policy/operate`;
    const nothing = { inline_policies: [], permissions_boundary: null, tags: [] };
    const [edge] = assumable(
      [
        {
          entities: [
            anEntity('aws_iam_user', user, { arn: user, ...nothing }),
            anEntity('aws_iam_group', group, { arn: group, inline_policies: [] }),
          ],
          edges: [anEdge('MEMBER_OF', user, group)],
          policy_documents: [],
        },
        anAttachedPolicy(group, managed, policy(allow('sts:AssumeRole', TARGET))),
        target(trusting({ AWS: user })),
      ],
      user,
    );
    expect(edge?.verdict).toBe('allowed');
    const [, identity] = edge?.grants ?? [];
    expect(identity?.policy.via.map(({ edge_type }) => edge_type)).toEqual(['MEMBER_OF', 'HAS_POLICY']);
    expect(identity?.policy.holder.source_record_id).toBe(managed);
  });

  test("AWS's own managed policies, which belong to no account, are read by the hash on the edge", () => {
    const arn = 'arn:aws:iam::aws:policy/PowerUserAccess';
    const document = policy(allow('sts:AssumeRole'));
    const [stored_document] = stored(document);
    const attached = anEdge('HAS_POLICY', CALLER, arn, { properties: { policy_hash: stored_document?.hash } });
    expect(
      verdicts([
        caller(),
        target(),
        aFarEnd('aws_iam_policy', arn),
        { ...edgesOnly(attached), policy_documents: stored(document) },
      ]),
    ).toEqual([[TARGET, 'allowed']]);
  });
});

describe('conditions', () => {
  const asking = (id: string) => ({ Condition: { StringEquals: { 'sts:ExternalId': id } } });

  test('an external id that nobody knows stays open', () => {
    const [edge] = assumable([caller(ASSUME_ANY), target(trusting({ AWS: CALLER }, asking('x1')))]);
    expect(edge).toMatchObject({
      verdict: 'conditional',
      conditions: [{ operator: 'StringEquals', key: 'sts:ExternalId', values: ['x1'] }],
    });
  });

  test('two sides that ask for different external ids permit nobody', () => {
    const sends = (id: string) => caller({ assume: policy(allow('sts:AssumeRole', TARGET, asking(id))) });
    const trust = trusting({ AWS: CALLER }, asking('x1'));
    expect(verdicts([sends('x2'), target(trust)])).toEqual([]);
    expect(verdicts([sends('x1'), target(trust)])).toEqual([[TARGET, 'conditional']]);
  });
});

describe('what nobody could read', () => {
  const ALLOWED_BY_ATTACHMENT = anAttachedPolicy(
    CALLER,
    `arn:aws:iam::${WORKLOADS}:policy/assume`,
    policy(allow('sts:AssumeRole')),
  );

  test.each<[string, Overrides]>([
    ['the list of inline policies', { inline_policies: undefined }],
    ['a list of inline policies that makes no sense', { inline_policies: 'none' }],
    ['the document of an inline policy', { inline_policies: [{ name: 'lost', policy_hash: 'not-stored' }] }],
  ])('%s may deny what is allowed elsewhere, and allow what is not', (_, properties) => {
    const undetermined = [[TARGET, 'undetermined']];
    expect(verdicts([caller({}, properties), target(), ALLOWED_BY_ATTACHMENT])).toEqual(undetermined);
    expect(verdicts([caller({}, properties), target()])).toEqual(undetermined);
  });

  test.each<[string, Overrides]>([
    ['that it has one', { permissions_boundary: undefined }],
    ['its document', { permissions_boundary: `arn:aws:iam::${WORKLOADS}:policy/boundary` }],
  ])('a permissions boundary of which nobody read %s may deny what is allowed, and allows nothing', (_, properties) => {
    expect(verdicts([caller(ASSUME_ANY, properties), target()])).toEqual([[TARGET, 'undetermined']]);
    expect(verdicts([caller({}, properties), target()])).toEqual([]);
  });

  test('what the other side refuses is refused, whatever the unknown policy says', () => {
    const unknown = caller({}, { inline_policies: undefined });
    const trust = policy(
      { Effect: 'Allow', Principal: { AWS: CALLER }, Action: 'sts:AssumeRole' },
      { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' },
    );
    expect(verdicts([unknown, target(trust)])).toEqual([]);
  });

  test('an attached policy that nobody scanned is an unknown policy', () => {
    const arn = `arn:aws:iam::${WORKLOADS}:policy/unseen`;
    const attached = edgesOnly(anEdge('HAS_POLICY', CALLER, arn));
    expect(verdicts([caller(ASSUME_ANY), target(), aFarEnd('aws_iam_policy', arn), attached])).toEqual([
      [TARGET, 'undetermined'],
    ]);
  });

  test('a group that nobody scanned is an unknown policy', () => {
    const attached = edgesOnly(anEdge('MEMBER_OF', CALLER, `arn:aws:iam::${WORKLOADS}:group/unseen`));
    expect(verdicts([caller(ASSUME_ANY), target(), attached])).toEqual([[TARGET, 'undetermined']]);
  });

  test('a role whose trust policy is unknown is undetermined for whoever may assume it by name', () => {
    const named = caller({ assume: policy(allow('sts:AssumeRole', TARGET)) });
    expect(verdicts([named, aFarEnd('aws_iam_role', TARGET)])).toEqual([[TARGET, 'undetermined']]);
    expect(verdicts([caller(), aFarEnd('aws_iam_role', TARGET)])).toEqual([]);
  });

  test('tags that were not read leave a condition on them open', () => {
    const trust = trusting({ AWS: CALLER }, { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'content' } } });
    expect(verdicts([caller(ASSUME_ANY, { tags: undefined }), target(trust)])).toEqual([[TARGET, 'conditional']]);
    expect(verdicts([caller(ASSUME_ANY, { tags: [] }), target(trust)])).toEqual([]);
    expect(verdicts([caller(ASSUME_ANY, { tags: [{ key: 'team', value: 'content' }] }), target(trust)])).toEqual([
      [TARGET, 'allowed'],
    ]);
  });
});

describe('a permissions boundary', () => {
  const arn = `arn:aws:iam::${WORKLOADS}:policy/boundary`;
  const boundary = (document: Json): Part => ({
    entities: [anEntity('aws_iam_policy', arn, { arn, policy_hash: stored(document)[0]?.hash })],
    edges: [],
    policy_documents: stored(document),
  });
  const bounded = caller(ASSUME_ANY, { permissions_boundary: arn });

  test('limits what the identity policies grant', () => {
    expect(verdicts([bounded, target(), boundary(policy(allow('s3:*')))])).toEqual([]);
    expect(verdicts([bounded, target(), boundary(policy(allow('sts:*')))])).toEqual([[TARGET, 'allowed']]);
  });

  test("that is AWS's own is read by the hash beside its name", () => {
    const document = policy(allow('s3:*'));
    const awsOwned = caller(ASSUME_ANY, {
      permissions_boundary: 'arn:aws:iam::aws:policy/AmazonS3FullAccess',
      permissions_boundary_hash: stored(document)[0]?.hash,
    });
    expect(verdicts([awsOwned, target(), { entities: [], edges: [], policy_documents: stored(document) }])).toEqual([]);
  });
});
