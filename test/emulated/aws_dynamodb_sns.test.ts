import { CreateTableCommand, DynamoDBClient, PutResourcePolicyCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
let key: string;
let collected: Collected;

beforeAll(async () => {
  spoke = await startSpoke();
  key = (await spoke.root(KMSClient).send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  await seedTable(spoke);
  await seedQueues(spoke);
  await seedTopic(spoke);
  collected = await spoke.collect('aws_dynamodb_sns');
});
afterAll(() => spoke?.stop());

const allow = (principal: string, action: string, resource: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${principal}:root` }, Action: action, Resource: resource },
    ],
  });

/** A table with a stream and a policy. */
async function seedTable({ root, other_account }: Spoke): Promise<void> {
  const dynamo = root(DynamoDBClient);
  const { TableDescription } = await dynamo.send(
    new CreateTableCommand({
      TableName: 'emulated-customers',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
      Tags: [{ Key: 'data-classification', Value: 'pii' }],
    }),
  );
  const ResourceArn = TableDescription?.TableArn ?? '';
  const Policy = allow(other_account, 'dynamodb:GetItem', ResourceArn);
  await dynamo.send(new PutResourcePolicyCommand({ ResourceArn, Policy }));
}

/** A queue that another account may send to, and the one where it leaves what it cannot deliver. */
async function seedQueues({ root, account, region, other_account }: Spoke): Promise<void> {
  const sqs = root(SQSClient);
  const arn = (name: string) => `arn:aws:sqs:${region}:${account}:${name}`;
  await sqs.send(new CreateQueueCommand({ QueueName: 'emulated-dead' }));
  await sqs.send(
    new CreateQueueCommand({
      QueueName: 'emulated-jobs',
      Attributes: {
        Policy: allow(other_account, 'sqs:SendMessage', arn('emulated-jobs')),
        KmsMasterKeyId: key,
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn('emulated-dead'), maxReceiveCount: 5 }),
      },
      tags: { team: 'data' },
    }),
  );
}

/** A topic that a queue, a host and a person are subscribed to. */
async function seedTopic({ root, account, region }: Spoke): Promise<void> {
  const sns = root(SNSClient);
  const { TopicArn } = await sns.send(
    new CreateTopicCommand({ Name: 'emulated-news', Attributes: { KmsMasterKeyId: key } }),
  );
  const Endpoint = `arn:aws:sqs:${region}:${account}:emulated-jobs`;
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'bob@example.com' }));
}

const named = (name: string) => collected.nodes.find(({ display_name }) => display_name === name)?.properties;

/** Text of the policy whose hash is a property. */
const policyOf = (name: string): string =>
  JSON.stringify(
    collected.observations.find(
      (seen) => seen.kind === 'policy_document' && seen.hash === named(name)?.resource_policy_hash,
    ),
  );

test('every collector of the category is through', () => {
  expect(collected.gaps).toEqual([]);
  expect(collected.coverage).toEqual({
    'dynamodb.tables': 'complete',
    'sns.topics': 'complete',
    'sqs.queues': 'complete',
  });
});

test('a table shows its key, its stream, its tags and whom its policy names', () => {
  expect(named('emulated-customers')).toMatchObject({
    encryption_key: key,
    stream_arn: expect.stringContaining('/stream/'),
    stream_view: 'NEW_IMAGE',
    stream_policy_hash: null,
    tags: [{ key: 'data-classification', value: 'pii' }],
  });
  expect(policyOf('emulated-customers')).toContain(spoke.other_account);
});

test('a queue shows its key, its tags, whom its policy names, and where it leaves what it cannot deliver', () => {
  expect(named('emulated-jobs')).toMatchObject({
    encryption_key: key,
    dead_letter_queue: { arn: expect.stringMatching(/:emulated-dead$/), max_receive_count: 5 },
    tags: [{ key: 'team', value: 'data' }],
  });
  expect(policyOf('emulated-jobs')).toContain(spoke.other_account);
  expect(named('emulated-dead')).toMatchObject({ encryption_key: null, dead_letter_queue: null, tags: [] });
});

test('a topic invokes the queue that is subscribed; of the person, the protocol is kept', () => {
  const arn = (name: string): string => String(named(name)?.arn);
  expect(named('emulated-news')).toMatchObject({ encryption_key: key, subscription_protocols: ['email', 'sqs'] });
  expect(collected.edges.filter(({ edge_type }) => edge_type === 'INVOKES')).toEqual([
    expect.objectContaining({
      from: expect.objectContaining({ source_record_id: arn('emulated-news') }),
      to: expect.objectContaining({ entity_type: 'aws_sqs_queue', source_record_id: arn('emulated-jobs') }),
    }),
  ]);
  expect(JSON.stringify(collected)).not.toContain('bob@example.com');
});

test('what the account denies the spoke role is a gap that names it, and the rest goes on', async () => {
  const denied = await spoke.without(['sqs:GetQueueAttributes', 'sns:ListTopics'], () =>
    spoke.collect('aws_dynamodb_sns'),
  );
  expect(denied.coverage).toEqual({
    'dynamodb.tables': 'complete',
    'sns.topics': 'denied',
    'sqs.queues': 'denied',
  });
  expect(new Set(denied.gaps.map(({ action }) => action))).toEqual(
    new Set(['sqs:GetQueueAttributes', 'sns:ListTopics']),
  );
});
