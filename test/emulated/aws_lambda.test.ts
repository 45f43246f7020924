import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY, later } from '../../src/kernel/time.ts';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

const GUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
/** A ZIP archive in which there is nothing. */
const NOTHING = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');

let spoke: Spoke;
let collected: Collected;
let tagger: string;
let queue: string;

beforeAll(async () => {
  spoke = await startSpoke();
  await seed();
  collected = await spoke.collect('aws_lambda');
});
afterAll(() => spoke?.stop());

const trustIn = (Service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  });

async function seed(): Promise<void> {
  const lambda = spoke.root(LambdaClient);
  const { Role } = await spoke
    .root(IAMClient)
    .send(new CreateRoleCommand({ RoleName: 'tagger', AssumeRolePolicyDocument: trustIn('lambda.amazonaws.com') }));
  const code = {
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: NOTHING },
    Role: Role?.Arn,
  } as const;
  const made = await lambda.send(
    new CreateFunctionCommand({
      ...code,
      FunctionName: 'tagger',
      Environment: { Variables: { AZURE_CLIENT_ID: GUID, DB_PASSWORD: 'hunter2' } },
      Tags: { team: 'media' },
    }),
  );
  tagger = made.FunctionArn ?? '';
  await lambda.send(new CreateFunctionCommand({ ...code, FunctionName: 'idle' }));
  await lambda.send(new CreateAliasCommand({ FunctionName: 'tagger', Name: 'live', FunctionVersion: '$LATEST' }));
  const permission = { FunctionName: 'tagger', StatementId: 'other', Action: 'lambda:InvokeFunction' };
  await lambda.send(new AddPermissionCommand({ ...permission, Principal: spoke.other_account, Qualifier: 'live' }));
  await lambda.send(new AddPermissionCommand({ ...permission, StatementId: 'buckets', Principal: 's3.amazonaws.com' }));
  await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: 'tagger', AuthType: 'NONE' }));
  await spoke.root(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs' }));
  queue = `arn:aws:sqs:${spoke.region}:${spoke.account}:jobs`;
  await lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName: 'tagger', EventSourceArn: queue, Enabled: false }),
  );
  const datum = (Value: number, daysAgo: number) => ({
    MetricName: 'Invocations',
    Dimensions: [{ Name: 'FunctionName', Value: 'tagger' }],
    Value,
    Timestamp: later(new Date(), -daysAgo * DAY),
  });
  await spoke.root(CloudWatchClient).send(
    new PutMetricDataCommand({
      Namespace: 'AWS/Lambda',
      MetricData: [datum(3, 2), datum(4, 9), datum(100, 31)],
    }),
  );
}

test('every collector is complete', () => {
  expect(collected.coverage).toEqual({
    'lambda.functions': 'complete',
    'lambda.event-source-mappings': 'complete',
    'lambda.execution-counts': 'complete',
  });
});

test('a function is seen with who may invoke it, and without the values of its environment', () => {
  const node = collected.nodes.find(({ source_record_id }) => source_record_id === tagger);
  expect(node).toMatchObject({
    entity_type: 'aws_lambda_function',
    properties: {
      environment_names: ['AZURE_CLIENT_ID', 'DB_PASSWORD'],
      environment_identifiers: [{ key: 'AZURE_CLIENT_ID', value: GUID }],
      function_urls: [{ url: expect.stringContaining('https://'), qualifier: null, auth_type: 'NONE' }],
      tags: [{ key: 'team', value: 'media' }],
    },
  });
  const { aliases, resource_policy_hash } = node?.properties ?? {};
  const [live] = Array.isArray(aliases) ? aliases : [];
  const documents = new Map(
    collected.observations.flatMap((seen) => (seen.kind === 'policy_document' ? [[seen.hash, seen.document]] : [])),
  );
  expect(live).toMatchObject({ name: 'live', function_version: '$LATEST' });
  expect(JSON.stringify(documents.get(live.resource_policy_hash))).toContain(spoke.other_account);
  expect(JSON.stringify(documents.get(String(resource_policy_hash)))).toContain('s3.amazonaws.com');
  expect(JSON.stringify(collected.observations)).not.toContain('hunter2');
});

test('it runs as its role and is invoked by its queue', () => {
  const edges = collected.edges.map(({ edge_type, from, to }) => [
    edge_type,
    from.source_record_id,
    to.source_record_id,
  ]);
  expect(edges).toContainEqual(['RUNS_AS', tagger, `arn:aws:iam::${spoke.account}:role/tagger`]);
  expect(edges).toContainEqual(['INVOKES', queue, tagger]);
  expect(edges).toContainEqual(['BELONGS_TO', tagger, `arn:aws:iam::${spoke.account}:root`]);
});

test('exec30 counts the invocations of 30 days', () => {
  const counts = collected.observations.flatMap((seen) =>
    seen.kind === 'activity' ? [[seen.name, seen.entity.source_record_id.split(':').at(-1), seen.value]] : [],
  );
  const period_end = expect.stringContaining(':00:00.000Z');
  expect(new Set(counts)).toEqual(
    new Set([
      ['exec30', 'tagger', { count: 7, period_end }],
      ['exec30', 'idle', { count: 0, period_end }],
    ]),
  );
});

test('without CloudWatch the functions are seen all the same', async () => {
  const seen = await spoke.without(['cloudwatch:GetMetricData'], () => spoke.collect('aws_lambda'));
  expect(seen.coverage).toMatchObject({ 'lambda.functions': 'complete', 'lambda.execution-counts': 'denied' });
  expect(seen.nodes).toEqual(collected.nodes);
  expect(seen.gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'cloudwatch:GetMetricData' })]);
});

test.each(['lambda:GetPolicy', 'lambda:ListFunctionUrlConfigs', 'lambda:ListAliases', 'lambda:ListTags'])(
  'without %s the functions are there, and the gaps name it',
  async (action) => {
    const { nodes, gaps, coverage } = await spoke.without([action], () => spoke.collect('aws_lambda'));
    expect(nodes).toHaveLength(2);
    expect(new Set(gaps.map((gap) => `${gap.code} ${gap.action}`))).toEqual(new Set([`access_denied ${action}`]));
    expect(coverage['lambda.functions']).toBe('denied');
  },
);
