import { GetQueueAttributesCommand, ListQueuesCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { queues } from '../../../../src/connectors/aws/dynamodb-sns/queues.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:jobs`;
const URL = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/jobs`;
const ATTRIBUTES = { QueueArn: ARN, ApproximateNumberOfMessages: '7', SqsManagedSseEnabled: 'true' };

const sqs = mockClient(SQSClient);
beforeEach(() => {
  sqs.reset();
  sqs.on(ListQueuesCommand).resolves({ QueueUrls: [URL] });
  sqs.on(GetQueueAttributesCommand).resolves({ Attributes: ATTRIBUTES });
  sqs.on(ListQueueTagsCommand).resolves({});
});

const attributes = (set: Readonly<Record<string, string>>) =>
  sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ...ATTRIBUTES, ...set } });

describe('a queue', () => {
  it('on which nothing is set has known absences, and nothing that changes by itself', async () => {
    const { nodes, edges, row } = await look(queues);
    expect(nodes[0]).toMatchObject({ entity_type: 'aws_sqs_queue', source_record_id: ARN, display_name: 'jobs' });
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'jobs',
      region: REGION,
      fifo: false,
      encryption_key: null,
      managed_encryption: true,
      dead_letter_queue: null,
      resource_policy_hash: null,
      tags: [],
    });
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
    expect(row).toEqual({ collector: 'sqs.queues', region: REGION, status: 'complete' });
  });

  it('shows its policy, its key, where it leaves what it cannot deliver, and its tags', async () => {
    attributes({
      Policy: '{"Statement":[{"Effect":"Allow"}]}',
      KmsMasterKeyId: 'alias/aws/sqs',
      SqsManagedSseEnabled: 'false',
      RedrivePolicy: `{"deadLetterTargetArn":"${ARN}-dead","maxReceiveCount":"5"}`,
    });
    sqs.on(ListQueueTagsCommand).resolves({ Tags: { team: 'data' } });
    const { nodes, observations } = await look(queues);
    const document = observations.find((seen) => seen.kind === 'policy_document');
    expect(nodes[0]?.properties).toMatchObject({
      encryption_key: 'alias/aws/sqs',
      managed_encryption: false,
      dead_letter_queue: { arn: `${ARN}-dead`, max_receive_count: 5 },
      resource_policy_hash: document?.hash,
      tags: [{ key: 'team', value: 'data' }],
    });
    expect(nodes[0]?.property_apis).toMatchObject({ resource_policy_hash: 'sqs:GetQueueAttributes' });
  });

  const refused = awsError('AccessDenied', 'no', 403);
  it.each([
    [
      'sqs:GetQueueAttributes',
      () => sqs.on(GetQueueAttributesCommand).rejects(refused),
      ['arn', 'name', 'region', 'fifo', 'tags'],
    ],
    ['sqs:ListQueueTags', () => sqs.on(ListQueueTagsCommand).rejects(refused), expect.not.arrayContaining(['tags'])],
  ])('is there without what %s would show', async (action, refuse, shown) => {
    refuse();
    const { nodes, gaps, row } = await look(queues);
    expect(Object.keys(nodes[0]?.properties ?? {})).toEqual(shown);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action, item: ARN })]);
    expect(row.status).toBe('denied');
  });

  it.each(['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'])(
    'that is gone (%s) is absent',
    async (name) => {
      sqs.on(GetQueueAttributesCommand).rejects(awsError(name));
      const { observations, row } = await look(queues);
      expect(observations).toEqual([]);
      expect(row.status).toBe('complete');
    },
  );

  it('whose redrive policy makes no sense is one gap, and its sibling goes on', async () => {
    sqs.on(ListQueuesCommand).resolves({ QueueUrls: [`${URL}-odd`, URL] });
    sqs
      .on(GetQueueAttributesCommand, { QueueUrl: `${URL}-odd` })
      .resolves({ Attributes: { ...ATTRIBUTES, RedrivePolicy: '{"deadLetterTargetArn":7}' } });
    const { nodes, gaps, row } = await look(queues);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([ARN]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: `${URL}-odd` })]);
    expect(row.status).toBe('failed');
  });

  it('whose answer has no attributes is there without them, and a gap says so', async () => {
    sqs.on(GetQueueAttributesCommand).resolves({});
    const { nodes, gaps } = await look(queues);
    expect(nodes[0]?.properties).not.toHaveProperty('resource_policy_hash');
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: ARN })]);
  });
});

describe('the listing of queues', () => {
  it('asks for pages, since AWS leaves out the rest otherwise, and goes on page by page', async () => {
    sqs.on(ListQueuesCommand).resolves({ QueueUrls: [URL], NextToken: 'two' });
    sqs.on(ListQueuesCommand, { NextToken: 'two' }).resolves({});
    expect((await look(queues)).cursors).toEqual(['two']);
    expect(sqs.commandCalls(ListQueuesCommand)[0]?.args[0].input).toMatchObject({ MaxResults: 1000 });
    expect((await look(queues, 'two')).nodes).toEqual([]);
  });

  it('that is denied names the action', async () => {
    sqs.on(ListQueuesCommand).rejects(awsError('AccessDenied', 'no', 403));
    const { gaps, row } = await look(queues);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'sqs:ListQueues' })]);
    expect(row.status).toBe('denied');
  });
});
