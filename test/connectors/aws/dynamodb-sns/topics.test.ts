import {
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  SNSClient,
  type Subscription,
} from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { topics } from '../../../../src/connectors/aws/dynamodb-sns/topics.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const ARN = `arn:aws:sns:${REGION}:${ACCOUNT}:news`;
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tagger`;

const sns = mockClient(SNSClient);
beforeEach(() => {
  sns.reset();
  sns.on(ListTopicsCommand).resolves({ Topics: [{ TopicArn: ARN }] });
  sns.on(GetTopicAttributesCommand).resolves({ Attributes: { Policy: '{"Statement":[{"Effect":"Allow"}]}' } });
  sns.on(ListTagsForResourceCommand).resolves({ Tags: [] });
  sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [] });
});

const subscribed = (...Subscriptions: Subscription[]) =>
  sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions });

describe('a topic', () => {
  it('is a node with its policy and key', async () => {
    const { nodes, row } = await look(topics);
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'news',
      region: REGION,
      encryption_key: null,
      resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      subscription_protocols: [],
      tags: [],
    });
    expect(row.status).toBe('complete');
  });

  it('invokes the machines that are subscribed, and keeps no address of a person', async () => {
    const QUEUE = `arn:aws:sqs:${REGION}:222222222222:jobs`;
    const STREAM = `arn:aws:firehose:${REGION}:${ACCOUNT}:deliverystream/archive`;
    subscribed(
      { Protocol: 'lambda', Endpoint: `${FUNCTION}:live` },
      { Protocol: 'sqs', Endpoint: QUEUE },
      { Protocol: 'firehose', Endpoint: STREAM },
      { Protocol: 'https', Endpoint: 'https://bob:hunter2@hooks.example.com:8443/T0K3N?key=s3cr3t' },
      { Protocol: 'email', Endpoint: 'bob@example.com' },
      { Protocol: 'sms', Endpoint: '+4912345' },
    );
    const { observations, nodes, edges, gaps } = await look(topics);
    expect(gaps).toEqual([]);
    const invoked = edges.filter(({ edge_type }) => edge_type === 'INVOKES');
    expect(invoked.map(({ to }) => [to.entity_type, to.source_record_id])).toEqual([
      ['aws_lambda_function', FUNCTION],
      ['aws_sqs_queue', QUEUE],
      ['aws_firehose_delivery_stream', STREAM],
      ['external_https_endpoint', 'https://hooks.example.com:8443'],
    ]);
    expect(invoked[0]?.properties).toEqual({ qualifier: 'live' });
    expect(nodes[0]?.properties).toMatchObject({
      subscription_protocols: ['email', 'firehose', 'https', 'lambda', 'sms', 'sqs'],
    });
    expect(JSON.stringify(observations)).not.toMatch(/bob|hunter2|T0K3N|s3cr3t|\+49/);
  });

  it.each(['PendingConfirmation', 'Deleted'])('does not invoke a subscriber that is %s', async (SubscriptionArn) => {
    subscribed({ Protocol: 'lambda', Endpoint: FUNCTION, SubscriptionArn });
    expect((await look(topics)).edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
  });

  it('is there with its other subscribers where one makes no sense', async () => {
    const SubscriptionArn = `${ARN}:odd`;
    subscribed({ Protocol: 'https', Endpoint: 'no url', SubscriptionArn }, { Protocol: 'lambda', Endpoint: FUNCTION });
    const { nodes, edges, gaps } = await look(topics);
    expect(nodes).toHaveLength(1);
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO', 'INVOKES']);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: SubscriptionArn })]);
  });

  it('has subscriptions on more than one page', async () => {
    sns
      .on(ListSubscriptionsByTopicCommand)
      .resolves({ Subscriptions: [{ Protocol: 'email' }], NextToken: 'two' })
      .on(ListSubscriptionsByTopicCommand, { NextToken: 'two' })
      .resolves({ Subscriptions: [{ Protocol: 'lambda', Endpoint: FUNCTION }] });
    const { nodes, edges } = await look(topics);
    expect(nodes[0]?.properties).toMatchObject({ subscription_protocols: ['email', 'lambda'] });
    expect(edges).toHaveLength(2);
  });

  it('whose subscriptions may not be listed is there all the same', async () => {
    sns.on(ListSubscriptionsByTopicCommand).rejects(awsError('AuthorizationErrorException'));
    const { nodes, gaps, row } = await look(topics);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]?.properties).not.toHaveProperty('subscription_protocols');
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'access_denied', action: 'sns:ListSubscriptionsByTopic', item: ARN }),
    ]);
    expect(row.status).toBe('denied');
  });
});
