import {
  BedrockAgentClient,
  type DataSourceConfiguration,
  GetDataSourceCommand,
  GetKnowledgeBaseCommand,
  type KnowledgeBase,
  ListDataSourcesCommand,
  ListKnowledgeBasesCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-bedrock-agent';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { knowledgeBases } from '../../../../src/connectors/aws/bedrock/knowledge-bases.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const bedrock = mockClient(BedrockAgentClient);

const ARN = `arn:aws:bedrock:${REGION}:${ACCOUNT}:knowledge-base/KB1`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/handbook`;
const COLLECTION = `arn:aws:aoss:${REGION}:${ACCOUNT}:collection/abc`;
const LAMBDA = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:redact`;
const FIELDS = { vectorField: 'v', textField: 't', metadataField: 'm' };
const UPDATED = new Date('2026-01-02T03:04:05Z');
const SUMMARY = { knowledgeBaseId: 'KB1', name: 'handbook', status: 'ACTIVE', updatedAt: UPDATED } as const;
const SOURCE = {
  knowledgeBaseId: 'KB1',
  dataSourceId: 'DS1',
  name: 'files',
  status: 'AVAILABLE',
  updatedAt: UPDATED,
} as const;

const aBase = (overrides: Partial<KnowledgeBase> = {}): KnowledgeBase => ({
  knowledgeBaseId: 'KB1',
  name: 'handbook',
  knowledgeBaseArn: ARN,
  roleArn: ROLE,
  knowledgeBaseConfiguration: {
    type: 'VECTOR',
    vectorKnowledgeBaseConfiguration: { embeddingModelArn: `arn:aws:bedrock:${REGION}::foundation-model/embed` },
  },
  storageConfiguration: {
    type: 'OPENSEARCH_SERVERLESS',
    opensearchServerlessConfiguration: { collectionArn: COLLECTION, vectorIndexName: 'i', fieldMapping: FIELDS },
  },
  status: 'ACTIVE',
  createdAt: UPDATED,
  updatedAt: UPDATED,
  ...overrides,
});

const aSource = (dataSourceConfiguration: DataSourceConfiguration, more = {}) => ({
  ...SOURCE,
  createdAt: UPDATED,
  dataSourceConfiguration,
  ...more,
});

const OF_S3: DataSourceConfiguration = {
  type: 'S3',
  s3Configuration: { bucketArn: 'arn:aws:s3:::handbook', inclusionPrefixes: ['b/', 'a/'] },
};

beforeEach(() => {
  bedrock.reset();
  bedrock.on(ListKnowledgeBasesCommand).resolves({ knowledgeBaseSummaries: [SUMMARY] });
  bedrock.on(GetKnowledgeBaseCommand).resolves({ knowledgeBase: aBase() });
  bedrock.on(ListDataSourcesCommand).resolves({ dataSourceSummaries: [SOURCE] });
  bedrock.on(GetDataSourceCommand).resolves({ dataSource: aSource(OF_S3) });
  bedrock.on(ListTagsForResourceCommand).resolves({ tags: {} });
});

const hops = (edges: Awaited<ReturnType<typeof look>>['edges']) =>
  edges.map(({ edge_type, to }) => [edge_type, to.entity_type, to.source_record_id]).slice(1);

describe('a knowledge base', () => {
  it('runs as its role, and is stored in the bucket that it reads and the store that it fills', async () => {
    const { nodes, edges, row } = await look(knowledgeBases);
    expect(row.status).toBe('complete');
    expect(nodes).toEqual([
      expect.objectContaining({
        entity_type: 'aws_bedrock_knowledge_base',
        source_record_id: ARN,
        properties: expect.objectContaining({
          type: 'VECTOR',
          role_arn: ROLE,
          store: { type: 'OPENSEARCH_SERVERLESS', arns: [COLLECTION], endpoint: null, secret_arns: [] },
        }),
      }),
    ]);
    expect(hops(edges)).toEqual([
      ['RUNS_AS', 'aws_iam_role', ROLE],
      ['STORED_IN', 'aws_data_store', COLLECTION],
      ['STORED_IN', 'aws_s3_bucket', 'arn:aws:s3:::handbook'],
    ]);
    expect(edges.at(-1)?.properties).toEqual({ purpose: 'data_source', data_source: 'DS1', prefixes: ['a/', 'b/'] });
  });

  it('invokes the functions that change documents on their way in', async () => {
    const transformations = [
      {
        stepToApply: 'POST_CHUNKING' as const,
        transformationFunction: { transformationLambdaConfiguration: { lambdaArn: LAMBDA } },
      },
    ];
    const vectorIngestionConfiguration = {
      customTransformationConfiguration: {
        intermediateStorage: { s3Location: { uri: 's3://between/' } },
        transformations,
      },
    };
    bedrock.on(GetDataSourceCommand).resolves({ dataSource: aSource(OF_S3, { vectorIngestionConfiguration }) });
    expect(hops((await look(knowledgeBases)).edges).at(-1)).toEqual(['INVOKES', 'aws_lambda_function', LAMBDA]);
  });

  it('keeps what it extracts from documents in a bucket of its own', async () => {
    const supplementalDataStorageConfiguration = {
      storageLocations: [{ type: 'S3' as const, s3Location: { uri: 's3://images/kb/' } }],
    };
    const vectorKnowledgeBaseConfiguration = {
      embeddingModelArn: 'arn:aws:bedrock:::foundation-model/embed',
      supplementalDataStorageConfiguration,
    };
    bedrock.on(GetKnowledgeBaseCommand).resolves({
      knowledgeBase: aBase({ knowledgeBaseConfiguration: { type: 'VECTOR', vectorKnowledgeBaseConfiguration } }),
    });
    expect(hops((await look(knowledgeBases)).edges)).toContainEqual([
      'STORED_IN',
      'aws_s3_bucket',
      'arn:aws:s3:::images',
    ]);
  });

  it('that may not be described is known by its name, and the missing action', async () => {
    bedrock.on(GetKnowledgeBaseCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await look(knowledgeBases);
    expect(nodes[0]).toMatchObject({ display_name: 'handbook' });
    for (const name of ['role_arn', 'store', 'type']) expect(nodes[0]?.properties).not.toHaveProperty(name);
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'access_denied', action: 'bedrock:GetKnowledgeBase', item: ARN }),
    ]);
    expect(row.status).toBe('denied');
  });

  it('whose data source makes no sense is told of without its sources, and the source is one gap', async () => {
    bedrock
      .on(GetDataSourceCommand)
      .resolves({ dataSource: aSource({ type: 'S3', s3Configuration: { bucketArn: 'handbook' } }) });
    const { nodes, gaps } = await look(knowledgeBases);
    expect(nodes[0]?.properties).not.toHaveProperty('data_sources');
    expect(gaps).toEqual([
      expect.objectContaining({
        code: 'unreadable_item',
        action: 'bedrock:GetDataSource',
        item: `${ARN}/data-source/DS1`,
      }),
    ]);
  });

  it('whose data source vanished while we looked has none', async () => {
    bedrock.on(GetDataSourceCommand).rejects(awsError('ResourceNotFoundException'));
    const { nodes, row } = await look(knowledgeBases);
    expect(nodes[0]?.properties.data_sources).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('that vanished while we looked is absent', async () => {
    bedrock.on(GetKnowledgeBaseCommand).rejects(awsError('ResourceNotFoundException'));
    expect((await look(knowledgeBases)).observations).toEqual([]);
  });

  it('comes page by page', async () => {
    bedrock.on(ListKnowledgeBasesCommand).resolves({ knowledgeBaseSummaries: [SUMMARY], nextToken: '2' });
    bedrock.on(ListKnowledgeBasesCommand, { nextToken: '2' }).resolves({ knowledgeBaseSummaries: [] });
    expect((await look(knowledgeBases)).cursors).toEqual(['2']);
    expect((await look(knowledgeBases, '2')).observations).toEqual([]);
  });
});
