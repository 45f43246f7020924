import {
  DescribeTableCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { tables } from '../../../../src/connectors/aws/dynamodb-sns/tables.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const ARN = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/customers`;

const dynamo = mockClient(DynamoDBClient);
beforeEach(() => {
  dynamo.reset();
  dynamo.on(ListTablesCommand).resolves({ TableNames: ['customers'] });
  dynamo.on(DescribeTableCommand).resolves({ Table: { TableId: 't-1', ItemCount: 7, TableSizeBytes: 700 } });
  dynamo.on(GetResourcePolicyCommand).rejects(awsError('PolicyNotFoundException'));
  dynamo.on(ListTagsOfResourceCommand).resolves({ Tags: [{ Key: 'data-classification', Value: 'pii' }] });
});

describe('a table', () => {
  it('is a node with what is set on it, and with nothing that changes by itself', async () => {
    const { nodes, edges, row } = await look(tables);
    expect(nodes[0]).toMatchObject({ entity_type: 'aws_dynamodb_table', source_record_id: ARN });
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'customers',
      region: REGION,
      unique_id: 't-1',
      stream_arn: null,
      stream_view: null,
      stream_policy_hash: null,
      replica_regions: [],
      encryption_key: null,
      resource_policy_hash: null,
      tags: [{ key: 'data-classification', value: 'pii' }],
    });
    expect(edges).toEqual([expect.objectContaining({ edge_type: 'BELONGS_TO' })]);
    expect(row).toEqual({ collector: 'dynamodb.tables', region: REGION, status: 'complete' });
  });

  it('shows its stream, its key and its policy', async () => {
    dynamo.on(DescribeTableCommand).resolves({
      Table: {
        LatestStreamArn: `${ARN}/stream/1`,
        StreamSpecification: { StreamEnabled: true },
        SSEDescription: { KMSMasterKeyArn: 'key' },
      },
    });
    dynamo.on(GetResourcePolicyCommand).resolves({ Policy: '{"Statement":[{"Effect":"Allow"}]}' });
    const { nodes } = await look(tables);
    expect(nodes[0]?.properties).toMatchObject({
      stream_arn: `${ARN}/stream/1`,
      encryption_key: 'key',
      resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  describe('with a stream', () => {
    const STREAM = `${ARN}/stream/1`;
    beforeEach(() => {
      dynamo.on(DescribeTableCommand).resolves({
        Table: {
          LatestStreamArn: STREAM,
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
          Replicas: [{ RegionName: 'us-east-1' }],
        },
      });
    });

    it('shows who may read its changes, apart from who may read the table', async () => {
      dynamo
        .on(GetResourcePolicyCommand, { ResourceArn: STREAM })
        .resolves({ Policy: '{"Statement":[{"Effect":"Allow","Action":"dynamodb:GetRecords"}]}' });
      const { nodes, observations } = await look(tables);
      const [document] = observations.filter((seen) => seen.kind === 'policy_document');
      expect(nodes[0]?.properties).toMatchObject({
        resource_policy_hash: null,
        stream_view: 'NEW_IMAGE',
        stream_policy_hash: document?.hash,
        replica_regions: ['us-east-1'],
      });
      expect(nodes[0]?.property_apis).toMatchObject({ stream_policy_hash: 'dynamodb:GetResourcePolicy' });
    });

    it('is there without the policy of the stream where that may not be read', async () => {
      dynamo.on(GetResourcePolicyCommand, { ResourceArn: STREAM }).rejects(awsError('AccessDeniedException'));
      const { nodes, gaps } = await look(tables);
      expect(nodes[0]?.properties).not.toHaveProperty('stream_policy_hash');
      expect(gaps).toEqual([expect.objectContaining({ action: 'dynamodb:GetResourcePolicy', item: STREAM })]);
    });

    it('is there though its stream has gone', async () => {
      dynamo.on(GetResourcePolicyCommand, { ResourceArn: STREAM }).rejects(awsError('ResourceNotFoundException'));
      const { nodes, row } = await look(tables);
      expect(nodes[0]?.properties).toMatchObject({ stream_policy_hash: null });
      expect(row.status).toBe('complete');
    });
  });

  it('a stream that was switched off is none, though AWS still names the last one', async () => {
    dynamo.on(DescribeTableCommand).resolves({
      Table: { LatestStreamArn: `${ARN}/stream/1`, StreamSpecification: { StreamEnabled: false } },
    });
    expect((await look(tables)).nodes[0]?.properties).toMatchObject({ stream_arn: null });
  });

  it('that may not be described is there with what else is known', async () => {
    dynamo.on(DescribeTableCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(tables);
    expect(Object.keys(nodes[0]?.properties ?? {})).toEqual(['arn', 'name', 'region', 'resource_policy_hash', 'tags']);
    expect(gaps).toEqual([expect.objectContaining({ action: 'dynamodb:DescribeTable', item: ARN })]);
  });

  it('whose description lacks the table is there with what else is known, and a gap says so', async () => {
    dynamo.on(DescribeTableCommand).resolves({});
    const { nodes, gaps, row } = await look(tables);
    expect(nodes[0]?.properties).not.toHaveProperty('stream_arn');
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'unreadable_item', action: 'dynamodb:DescribeTable', item: ARN }),
    ]);
    expect(row.status).toBe('failed');
  });

  it('that is being deleted while we look is absent', async () => {
    dynamo.on(DescribeTableCommand).rejects(awsError('ResourceNotFoundException'));
    const { observations, row } = await look(tables);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('has tags on more than one page', async () => {
    dynamo.on(ListTagsOfResourceCommand).resolves({ Tags: [{ Key: 'b', Value: '2' }], NextToken: 'n' });
    dynamo.on(ListTagsOfResourceCommand, { NextToken: 'n' }).resolves({ Tags: [{ Key: 'a', Value: '1' }] });
    expect((await look(tables)).nodes[0]?.properties.tags).toEqual([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]);
  });

  it('a listing without its list is malformed: nothing may be removed for it', async () => {
    dynamo.on(ListTablesCommand).resolves({});
    expect((await look(tables)).row).toMatchObject({ status: 'failed', code: 'source_unreachable' });
  });
});
