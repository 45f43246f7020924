import {
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  SNSClient,
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

describe('a topic', () => {
  it('is a node with its policy and key', async () => {
    const { nodes, row } = await look(topics);
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'news',
      region: REGION,
      encryption_key: null,
      resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      tags: [],
    });
    expect(row.status).toBe('complete');
  });

  it('invokes the functions that are subscribed, and keeps no address of a person', async () => {
    sns.on(ListSubscriptionsByTopicCommand).resolves({
      Subscriptions: [
        { Protocol: 'lambda', Endpoint: `${FUNCTION}:live` },
        { Protocol: 'email', Endpoint: 'bob@example.com' },
      ],
    });
    const { observations, edges } = await look(topics);
    expect(edges.filter(({ edge_type }) => edge_type === 'INVOKES')).toEqual([
      expect.objectContaining({ to: expect.objectContaining({ source_record_id: FUNCTION }) }),
    ]);
    expect(JSON.stringify(observations)).not.toContain('bob@example.com');
  });

  it('whose subscriptions may not be listed is there all the same', async () => {
    sns.on(ListSubscriptionsByTopicCommand).rejects(awsError('AuthorizationErrorException'));
    const { nodes, gaps, row } = await look(topics);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'access_denied', action: 'sns:ListSubscriptionsByTopic', item: ARN }),
    ]);
    expect(row.status).toBe('denied');
  });
});
