import {
  CloudTrailClient,
  CreateTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
beforeAll(async () => {
  spoke = await startSpoke();
});
afterAll(() => spoke?.stop());

const GROUP = 'log-group:trails';

test('a trail is seen with what it records, where it keeps it and as whom it writes', async () => {
  const client = spoke.root(CloudTrailClient);
  const key = `arn:aws:kms:${spoke.region}:${spoke.account}:key/11111111-2222-3333-4444-555555555555`;
  const group = `arn:aws:logs:${spoke.region}:${spoke.account}:${GROUP}`;
  const role = `arn:aws:iam::${spoke.account}:role/trail-writer`;
  await client.send(
    new CreateTrailCommand({
      Name: 'emulated',
      S3BucketName: 'emulated-logs',
      IsMultiRegionTrail: true,
      KmsKeyId: key,
    }),
  );
  await client.send(
    new UpdateTrailCommand({
      Name: 'emulated',
      CloudWatchLogsLogGroupArn: `${group}:*`,
      CloudWatchLogsRoleArn: role,
    }),
  );
  await client.send(
    new PutEventSelectorsCommand({
      TrailName: 'emulated',
      AdvancedEventSelectors: [{ Name: 'all', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }],
    }),
  );
  await client.send(new StartLoggingCommand({ Name: 'emulated' }));

  const { nodes, edges, gaps, coverage } = await spoke.collect('aws_cloudtrail', [spoke.region, 'eu-west-1']);

  expect(gaps).toEqual([]);
  expect(coverage[`cloudtrail.trails ${spoke.region}`]).toBe('complete');
  const arn = `arn:aws:cloudtrail:${spoke.region}:${spoke.account}:trail/emulated`;
  expect(nodes).toEqual([
    expect.objectContaining({
      entity_type: 'aws_cloudtrail_trail',
      source_record_id: arn,
      properties: expect.objectContaining({
        is_logging: true,
        is_multi_region: true,
        advanced_event_selectors: [{ name: 'all', fields: [{ field: 'eventCategory', equals: ['Management'] }] }],
      }),
    }),
  ]);
  expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
    ['BELONGS_TO', `arn:aws:iam::${spoke.account}:root`],
    ['STORED_IN', 'arn:aws:s3:::emulated-logs'],
    ['STORED_IN', key],
    ['STORED_IN', group],
    ['RUNS_AS', role],
  ]);
});

test('who assumed a role is found among the events, at no more than two calls a second', async () => {
  await recordEvents();
  const role = `arn:aws:iam::${spoke.account}:role/pipeline`;
  await leaveEvent('AssumeRole', { roleArn: role, roleSessionName: 'alice@example.com' });
  await leaveEvent('AssumeRole', { roleArn: role, roleSessionName: 'bob@example.com' });
  const started = performance.now();

  const { by, observations } = await spoke.collect('aws_cloudtrail');

  // Three kinds of events, a page each: two waits of half a second.
  expect(performance.now() - started).toBeGreaterThan(950);
  expect(by['cloudtrail.assumed-roles']?.row.status).toBe('complete');
  const assumed = observations.filter((seen) => seen.kind === 'activity' && seen.name.startsWith('assumed:'));
  expect(assumed).toEqual([
    expect.objectContaining({
      entity: { entity_type: 'aws_iam_role', source_system_id: `aws:${spoke.account}`, source_record_id: role },
      name: `assumed:AssumeRole:${spoke.account}:${spoke.region}`,
      value: expect.objectContaining({
        count: 2,
        last_assumed_by: { kind: 'user', id: expect.stringContaining(':user/') },
      }),
    }),
  ]);
  expect(JSON.stringify(observations)).not.toContain('@example.com');
});

test('events that the account keeps from the spoke role are a gap, and the trails are there', async () => {
  const { gaps, coverage } = await spoke.without(['cloudtrail:LookupEvents'], () => spoke.collect('aws_cloudtrail'));
  expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'cloudtrail:LookupEvents' })]);
  expect(coverage).toEqual({ 'cloudtrail.trails': 'complete', 'cloudtrail.assumed-roles': 'denied' });
});

/** The emulator keeps events when it is told to. */
async function recordEvents(): Promise<void> {
  const body = JSON.stringify({ 'cloudtrail._recording_enabled': 'true' });
  const answer = await fetch(`${spoke.aws.endpoint}/_ministack/config`, { method: 'POST', body });
  expect(await answer.json()).toMatchObject({ applied: { 'cloudtrail._recording_enabled': true } });
}

/**
 * Leaves an event of a name. The emulator names an event by the target of its request, and knows none of STS, whose calls
 * have none: so a call of another service goes by this name. It is refused, and is an event all the same.
 */
async function leaveEvent(name: string, parameters: object): Promise<void> {
  const client = spoke.root(DynamoDBClient);
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string>; body: string };
      request.headers['x-amz-target'] = `DynamoDB_20120810.${name}`;
      request.body = JSON.stringify(parameters);
      request.headers['content-length'] = `${request.body.length}`;
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  await expect(client.send(new ListTablesCommand({}))).rejects.toThrow();
}
