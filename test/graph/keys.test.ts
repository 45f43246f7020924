import { describe, expect, test } from 'vitest';
import { ACCESS_LEVELS } from '../../src/graph/access-levels.ts';
import { authorityOf } from '../../src/graph/authority.ts';
import { derivationEvidence } from '../../src/graph/evidence.ts';
import { hashOf, type Json } from '../../src/kernel/canonical.ts';
import {
  aBucket,
  allow,
  anEntity,
  aRole,
  DATA,
  entityIn,
  graphOf,
  type Overrides,
  type Part,
  policy,
  roleArn,
  stored,
  WORKLOADS,
} from './estate.ts';

const ID = '0c5d5cf1-9a6c-4b1e-8f5e-6a1f2b3c4d5e';
const KEY = `arn:aws:kms:eu-west-1:${DATA}:key/${ID}`;
const BUCKET = 'arn:aws:s3:::exports';
const READER = roleArn(DATA, 'reader');
const OF_ACCOUNT = policy(allow('kms:*', '*', { Sid: 'OfAccount', Principal: { AWS: `arn:aws:iam::${DATA}:root` } }));

function aKey(own: Json = OF_ACCOUNT, properties: Overrides = {}): Part {
  const key = anEntity('aws_kms_key', KEY, {
    arn: KEY,
    key_id: ID,
    region: 'eu-west-1',
    aliases: ['alias/exports'],
    manager: 'CUSTOMER',
    resource_policy_hash: hashOf(own),
    grants: [],
    grants_complete: true,
    tags: [],
    ...properties,
  });
  return { entities: [key], edges: [], policy_documents: stored(own) };
}

const bucket = (kms_key: Json): Part =>
  aBucket({ name: 'exports', properties: { encryption: { algorithm: 'aws:kms', kms_key } } });
const reader = (...actions: readonly string[]): Part =>
  aRole({ name: 'reader', account: DATA, policies: { own: policy(allow([...actions])) } });

const readable = (...parts: readonly Part[]) =>
  access(BUCKET, ...parts).find(({ access_level }) => access_level === 'Read');

function access(resource: string, ...parts: readonly Part[]) {
  const graph = graphOf(...parts);
  return authorityOf(graph, [entityIn(graph, resource)])
    .accessibleFrom(entityIn(graph, READER))
    .map((edge) => ({ ...edge, evidence: derivationEvidence(graph.policies, edge) }));
}

const grant = (properties: { readonly [key: string]: Json } = {}): Json => ({
  grantee: READER,
  retiring_principal: null,
  issuing_account: null,
  operations: ['Decrypt', 'GenerateDataKey'],
  encryption_context_equals: [],
  encryption_context_subset: [],
  source_arn: null,
  ...properties,
});

describe('a key that protects data', () => {
  test.each([
    ['its ARN', KEY],
    ['its id', ID],
    ['its alias', 'alias/exports'],
    ['the ARN of its alias', `arn:aws:kms:eu-west-1:${DATA}:alias/exports`],
  ])('is found by %s', (_, name) => {
    const both = reader('s3:GetObject', 'kms:Decrypt');
    expect(readable(bucket(name), aKey(), both)?.verdict).toBe('allowed');
    expect(readable(bucket(name), aKey(), reader('s3:GetObject'))).toBeUndefined();
  });

  test('is shown with the statement of its policy that opens it', () => {
    const edge = readable(bucket(KEY), aKey(), reader('s3:GetObject', 'kms:Decrypt'));
    expect(edge?.evidence).toContainEqual(
      expect.objectContaining({ kind: 'statement', side: 'key', source_record_id: KEY, sid: 'OfAccount' }),
    );
  });

  test('closes the data to whom its own policy does not let in', () => {
    const ofNobody = policy(allow('kms:*', '*', { Principal: { AWS: roleArn(DATA, 'custodian') } }));
    expect(readable(bucket(KEY), aKey(ofNobody), reader('s3:GetObject', 'kms:Decrypt'))).toBeUndefined();
  });

  test('leaves it open where nobody could read its policy, or where nobody saw the key', () => {
    const unread = aKey(OF_ACCOUNT, { resource_policy_hash: undefined });
    expect(readable(bucket(KEY), unread, reader('s3:GetObject', 'kms:Decrypt'))?.verdict).toBe('undetermined');
    expect(readable(bucket('alias/other'), aKey(), reader('s3:*', 'kms:*'))?.verdict).toBe('undetermined');
  });

  test('that AWS manages is open to its own account', () => {
    const managed = aKey(OF_ACCOUNT, { manager: 'AWS', resource_policy_hash: undefined, grants: undefined });
    expect(readable(bucket(KEY), managed, reader('s3:GetObject'))?.verdict).toBe('allowed');
  });
});

describe('grants', () => {
  const ofNobody = policy(allow('kms:*', '*', { Principal: { AWS: roleArn(DATA, 'custodian') } }));
  const withGrants = (grants: Json | undefined, properties: Overrides = {}) =>
    readable(bucket(KEY), aKey(ofNobody, { grants, ...properties }), reader('s3:GetObject'));

  test('open the key beside its policy, and are shown', () => {
    const edge = withGrants([grant()]);
    expect(edge?.verdict).toBe('allowed');
    const shown = edge?.evidence.filter((one) => one.source_field_path === 'Grants[0]');
    expect(shown).toMatchObject([{ kind: 'statement', side: 'key', source_record_id: KEY }]);
  });

  test.each<[string, Json]>([
    ['of other operations', [grant({ operations: ['DescribeKey'] })]],
    ['to somebody else', [grant({ grantee: roleArn(DATA, 'writer') })]],
    ['to a service', [grant({ grantee: 'dynamodb.eu-west-1.amazonaws.com' })]],
    ['for a resource that calls', [grant({ source_arn: `arn:aws:lambda:eu-west-1:${DATA}:function:billing` })]],
  ])('%s do not', (_, grants) => {
    expect(withGrants(grants)).toBeUndefined();
  });

  test('that ask for an encryption context keep it as a condition', () => {
    expect(withGrants([grant({ encryption_context_equals: ['tenant'] })])).toMatchObject({
      verdict: 'conditional',
      conditions: [{ key: 'kms:EncryptionContext:tenant' }],
    });
  });

  test('that could not be read, or of which there are more than are kept, leave it open', () => {
    expect(withGrants(undefined)?.verdict).toBe('undetermined');
    expect(withGrants([grant({ operations: ['DescribeKey'] })], { grants_complete: false })?.verdict).toBe(
      'undetermined',
    );
    expect(withGrants([grant()], { grants_complete: false })?.verdict).toBe('allowed');
  });
});

test('a key is a resource too: whoever may decipher with it reads', () => {
  const levels = (...actions: readonly string[]) =>
    access(KEY, aKey(), reader(...actions)).map(({ access_level, verdict }) => `${access_level} ${verdict}`);
  expect(levels('kms:Decrypt')).toEqual(['Read allowed']);
  expect(levels('kms:PutKeyPolicy')).toEqual(['Admin allowed']);
  expect(levels('s3:GetObject')).toEqual([]);
  const managed = aKey(OF_ACCOUNT, { manager: 'AWS', resource_policy_hash: undefined });
  expect(access(KEY, managed, reader('kms:*'))).toEqual([]);
  expect(graphOf(managed).problems).toEqual([]);
});

describe('what else has levels', () => {
  const secret = `arn:aws:secretsmanager:eu-west-1:${DATA}:secret:mp/crm-a1B2c3`;
  const parameter = `arn:aws:ssm:eu-west-1:${DATA}:parameter/mp/crm`;
  const queue = `arn:aws:sqs:eu-west-1:${DATA}:orders`;
  const base = `arn:aws:bedrock:eu-west-1:${DATA}:knowledge-base/KB1`;
  const entity = (
    type: 'aws_secretsmanager_secret' | 'aws_ssm_parameter' | 'aws_sqs_queue' | 'aws_bedrock_knowledge_base',
    arn: string,
    properties: Overrides,
  ): Part => ({
    entities: [anEntity(type, arn, { arn, region: 'eu-west-1', tags: [], ...properties })],
    edges: [],
    policy_documents: [],
  });
  const parts: readonly Part[] = [
    entity('aws_secretsmanager_secret', secret, {
      resource_policy_hash: null,
      encryption_key: 'alias/aws/secretsmanager',
    }),
    entity('aws_ssm_parameter', parameter, { resource_policy_hash: null, type: 'SecureString', encryption_key: ID }),
    entity('aws_sqs_queue', queue, { resource_policy_hash: null, encryption_key: null }),
    entity('aws_bedrock_knowledge_base', base, {}),
    aKey(),
  ];

  test.each<[string, string, readonly string[], readonly string[]]>([
    ['a secret', secret, ['secretsmanager:GetSecretValue'], ['Read allowed']],
    ['a parameter without its key', parameter, ['ssm:GetParameter'], []],
    ['a parameter', parameter, ['ssm:GetParameter', 'kms:Decrypt'], ['Read allowed']],
    ['a queue', queue, ['sqs:ReceiveMessage', 'sqs:SendMessage'], ['Read allowed', 'Write allowed']],
    ['a knowledge base', base, ['bedrock:Retrieve'], ['Read allowed']],
  ])('%s', (_, arn, actions, expected) => {
    const edges = access(arn, ...parts, reader(...actions));
    const levels = ACCESS_LEVELS.flatMap((level) =>
      edges.filter(({ access_level }) => access_level === level).map(({ verdict }) => `${level} ${verdict}`),
    );
    expect(levels).toEqual(expected);
  });

  test.each<[string, string, readonly string[]]>([
    ['the path', `arn:aws:ssm:eu-west-1:${DATA}:parameter/mp`, ['Read allowed']],
    ['everything', `arn:aws:ssm:eu-west-1:${DATA}:parameter/*`, ['Read allowed']],
    ['another path', `arn:aws:ssm:eu-west-1:${DATA}:parameter/hr`, []],
    ['the parameter itself, which is no path', parameter, []],
  ])('a parameter is read by the paths above it: %s', (_, path, expected) => {
    const byPath = allow('ssm:GetParametersByPath', path);
    const own = aRole({ name: 'reader', account: DATA, policies: { own: policy(byPath, allow('kms:Decrypt')) } });
    const sibling = entity('aws_ssm_parameter', parameter.replace('crm', 'erp'), {
      resource_policy_hash: null,
      type: 'String',
    });
    const edges = access(parameter, ...parts, sibling, own);
    expect(edges.map(({ access_level, verdict }) => `${access_level} ${verdict}`)).toEqual(expected);
  });

  test('have no policy that could not be read where AWS has none', () => {
    expect(graphOf(...parts).problems).toEqual([]);
  });

  test('are named by policies with a wildcard for what AWS appends to a name', () => {
    const named = aRole({
      name: 'reader',
      account: DATA,
      policies: { own: policy(allow('secretsmanager:GetSecretValue', secret.replace(/.{6}$/, '??????'))) },
    });
    expect(access(secret, ...parts, named)).toMatchObject([{ access_level: 'Read', verdict: 'allowed' }]);
  });
});

test('a key of another account is asked like one of this', () => {
  const open = policy(
    allow('kms:*', '*', { Principal: { AWS: `arn:aws:iam::${WORKLOADS}:root` } }),
    allow('kms:*', '*', { Principal: { AWS: `arn:aws:iam::${DATA}:root` } }),
  );
  const far = KEY.replace(DATA, WORKLOADS);
  const [entity] = aKey(open).entities;
  if (!entity) throw new Error('no key');
  const key = anEntity('aws_kms_key', far, { ...entity.properties, arn: far });
  const parts = [bucket(far), { entities: [key], edges: [], policy_documents: stored(open) }];
  expect(readable(...parts, reader('s3:GetObject', 'kms:Decrypt'))?.verdict).toBe('allowed');
  expect(readable(...parts, reader('s3:GetObject'))).toBeUndefined();
});
