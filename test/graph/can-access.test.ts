import { describe, expect, test } from 'vitest';
import { ACCESS_LEVELS } from '../../src/graph/access-levels.ts';
import { authorityOf } from '../../src/graph/authority.ts';
import type { CanAccess } from '../../src/graph/can-access.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import {
  aBucket,
  allow,
  anAccount,
  anEntity,
  aRole,
  aTable,
  DATA,
  entityIn,
  graphOf,
  type Overrides,
  type Part,
  policy,
  roleArn,
  tableArn,
  WORKLOADS,
} from './estate.ts';

const NEAR = roleArn(DATA, 'reader');
const FAR = roleArn(WORKLOADS, 'reader');
const TABLE = tableArn(DATA, 'customers');
const BUCKET = 'arn:aws:s3:::exports';

const accessTo = (resource: string, from: string, parts: readonly Part[]): readonly CanAccess[] => {
  const graph = graphOf(...parts);
  return authorityOf(graph, [entityIn(graph, resource)]).accessibleFrom(entityIn(graph, from));
};

const levels = (edges: readonly CanAccess[]) =>
  ACCESS_LEVELS.flatMap((level) =>
    edges.filter(({ access_level }) => access_level === level).map(({ verdict }) => `${level} ${verdict}`),
  );

const reader = (account: string, ...statements: readonly Json[]): Part =>
  aRole({ name: 'reader', account, policies: { own: policy(...statements) } });
const table = (own?: Json, properties: Overrides = {}): Part =>
  aTable({ name: 'customers', ...(own ? { policy: own } : {}), properties });
const bucket = (own?: Json, properties: Overrides = {}): Part =>
  aBucket({ name: 'exports', ...(own ? { policy: own } : {}), properties });
const granting = (Action: Json, Resource: Json, more: { readonly [key: string]: Json } = {}): Json =>
  policy({ Effect: 'Allow', Principal: { AWS: FAR }, Action, Resource, ...more });

describe('tables', () => {
  test.each<[string, string, readonly string[]]>([
    ['dynamodb:GetItem', TABLE, ['Read allowed']],
    ['dynamodb:Query', `${TABLE}/index/*`, ['Read allowed']],
    ['dynamodb:PutItem', TABLE, ['Write allowed']],
    ['dynamodb:UpdateTable', TABLE, ['Admin allowed']],
    ['dynamodb:*', '*', ['Read allowed', 'Write allowed', 'Admin allowed']],
    ['dynamodb:GetItem', tableArn(DATA, 'others'), []],
    ['dynamodb:DescribeTable', TABLE, []],
  ])('%s on %s', (action, resource, expected) => {
    expect(levels(accessTo(TABLE, NEAR, [reader(DATA, allow(action, resource)), table()]))).toEqual(expected);
  });

  test('a Deny on the table is not passed by way of an index that nobody mentioned', () => {
    const closed = policy({ Effect: 'Deny', Principal: '*', Action: 'dynamodb:*', Resource: TABLE });
    expect(levels(accessTo(TABLE, NEAR, [reader(DATA, allow('dynamodb:*')), table(closed)]))).toEqual([]);
  });

  test('in another account the policy of the table has to allow as well', () => {
    const parts = [reader(WORKLOADS, allow('dynamodb:GetItem', TABLE))];
    expect(levels(accessTo(TABLE, FAR, [...parts, table()]))).toEqual([]);
    expect(levels(accessTo(TABLE, FAR, [...parts, table(granting('dynamodb:GetItem', TABLE))]))).toEqual([
      'Read allowed',
    ]);
    const [edge] = accessTo(TABLE, FAR, [...parts, table(granting('dynamodb:GetItem', TABLE))]);
    expect(edge?.grants.map(({ policy: { kind } }) => kind)).toEqual(['resource', 'identity']);
  });

  test('a policy of the table that nobody could read leaves it undetermined', () => {
    const unread = table(undefined, { resource_policy_hash: undefined });
    expect(levels(accessTo(TABLE, NEAR, [reader(DATA, allow('dynamodb:GetItem', TABLE)), unread]))).toEqual([
      'Read undetermined',
      'Write undetermined',
      'Admin undetermined',
    ]);
  });

  test('across accounts it is undetermined only for whom an identity policy allows it', () => {
    const unread = table(undefined, { resource_policy_hash: undefined });
    const allowed = [reader(WORKLOADS, allow('dynamodb:GetItem', TABLE)), unread];
    expect(levels(accessTo(TABLE, FAR, allowed))).toEqual(['Read undetermined']);
    expect(levels(accessTo(TABLE, FAR, [reader(WORKLOADS), unread]))).toEqual([]);
  });

  test.each([
    ['eu-west-1', ['Read allowed']],
    ['us-east-1', []],
  ])('a request goes to the region of the table: %s', (region, expected) => {
    const inRegion = allow('dynamodb:GetItem', TABLE, {
      Condition: { StringEquals: { 'aws:RequestedRegion': region } },
    });
    expect(levels(accessTo(TABLE, NEAR, [reader(DATA, inRegion), table()]))).toEqual(expected);
  });

  test('an action that is allowed outright is shown rather than one that is conditional', () => {
    const conditional = allow('dynamodb:GetItem', TABLE, {
      Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
    });
    const [first] = accessTo(TABLE, NEAR, [reader(DATA, conditional), table()]);
    expect(first).toMatchObject({ verdict: 'conditional', action: 'dynamodb:GetItem' });
    const [second] = accessTo(TABLE, NEAR, [reader(DATA, conditional, allow('dynamodb:Scan', TABLE)), table()]);
    expect(second).toMatchObject({ verdict: 'allowed', action: 'dynamodb:Scan', conditions: [] });
  });
});

describe('buckets', () => {
  test.each<[string, string, readonly string[]]>([
    ['s3:ListBucket', BUCKET, ['List allowed']],
    ['s3:GetObject', `${BUCKET}/*`, ['Read allowed']],
    ['s3:GetObject', `${BUCKET}/reports/2026-??.csv`, ['Read allowed']],
    ['s3:GetObject', 'arn:aws:s3:::exp*/reports/*', ['Read allowed']],
    ['s3:PutObject', `${BUCKET}/*`, ['Write allowed']],
    ['s3:PutBucketPolicy', BUCKET, ['Admin allowed']],
    ['s3:GetObject', BUCKET, []],
    ['s3:GetObject', 'arn:aws:s3:::other/reports/*', []],
  ])('%s on %s', (action, resource, expected) => {
    expect(levels(accessTo(BUCKET, NEAR, [reader(DATA, allow(action, resource)), bucket()]))).toEqual(expected);
  });

  test('the part that a policy singles out is what was asked for', () => {
    const [edge] = accessTo(BUCKET, NEAR, [reader(DATA, allow('s3:GetObject', `${BUCKET}/reports/*`)), bucket()]);
    expect(edge?.action_resource).toMatch(/^arn:aws:s3:::exports\/reports\/./);
  });

  test('a Deny for all who do not use TLS stands in nobody’s way', () => {
    const tlsOnly = policy({
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [BUCKET, `${BUCKET}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    expect(
      levels(accessTo(BUCKET, NEAR, [reader(DATA, allow('s3:GetObject', `${BUCKET}/*`)), bucket(tlsOnly)])),
    ).toEqual(['Read allowed']);
  });

  test('a Deny of the bucket policy wins over the identity policy', () => {
    const closed = policy({ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `${BUCKET}/*` });
    expect(
      levels(accessTo(BUCKET, NEAR, [reader(DATA, allow('s3:GetObject', `${BUCKET}/*`)), bucket(closed)])),
    ).toEqual([]);
  });

  test('a bucket whose account nobody knows gives no edge', () => {
    const orphan = { ...bucket(), edges: [] };
    expect(accessTo(BUCKET, NEAR, [reader(DATA, allow('s3:*')), orphan])).toEqual([]);
  });

  test.each<[string, Json | undefined, readonly string[]]>([
    ['AWS’s own key', { algorithm: 'aws:kms', kms_key: null }, ['List allowed', 'Read allowed']],
    [
      'a key whose policy nobody scans',
      { algorithm: 'aws:kms', kms_key: 'a1b2' },
      ['List allowed', 'Read undetermined'],
    ],
    ['an encryption that nobody could read', undefined, ['List allowed', 'Read undetermined']],
    ['no encryption', null, ['List allowed', 'Read allowed']],
  ])('%s decides over content and not over names', (_, encryption, expected) => {
    const parts = [reader(DATA, allow(['s3:ListBucket', 's3:GetObject'])), bucket(undefined, { encryption })];
    expect(levels(accessTo(BUCKET, NEAR, parts))).toEqual(expected);
  });

  const blocked = { restrict_public_buckets: true };
  const open = { restrict_public_buckets: false };

  test.each<[string, Json | undefined, Json | undefined, readonly string[]]>([
    ['blocked', blocked, null, []],
    ['open', open, open, ['Read allowed']],
    ['never set', null, null, ['Read allowed']],
    ['not known', undefined, null, ['Read undetermined']],
    ['blocked by the account', open, blocked, []],
    ['open, what the account blocks not known', open, undefined, ['Read undetermined']],
    ['not known, and blocked by the account', undefined, blocked, []],
  ])('public access from another account, %s', (_, public_access_block, s3_public_access_block, expected) => {
    const everybody = policy({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${BUCKET}/*` });
    const parts = [
      reader(WORKLOADS, allow('s3:GetObject')),
      bucket(everybody, { public_access_block }),
      anAccount(DATA, { s3_public_access_block }),
    ];
    expect(levels(accessTo(BUCKET, FAR, parts))).toEqual(expected);
  });
});

test('topics have levels of their own', () => {
  const arn = `arn:aws:sns:eu-west-1:${DATA}:alerts`;
  const topic: Part = {
    entities: [anEntity('aws_sns_topic', arn, { arn, resource_policy_hash: null, encryption_key: null, tags: [] })],
    edges: [],
    policy_documents: [],
  };
  expect(levels(accessTo(arn, NEAR, [reader(DATA, allow(['sns:Publish', 'sns:Subscribe'], arn)), topic]))).toEqual([
    'Read allowed',
    'Write allowed',
  ]);
});
