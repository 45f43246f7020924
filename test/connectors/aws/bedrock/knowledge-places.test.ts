import type { DataSource, DataSourceConfiguration, KnowledgeBase } from '@aws-sdk/client-bedrock-agent';
import { describe, expect, it } from 'vitest';
import { knowledgeSource } from '../../../../src/connectors/aws/bedrock/data-source.ts';
import { knowledgeStore } from '../../../../src/connectors/aws/bedrock/knowledge-store.ts';
import { ACCOUNT, REGION } from '../look.ts';

const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:store-AbCdEf`;
const FIELDS = { vectorField: 'v', textField: 't', metadataField: 'm' };
const WHEN = new Date('2026-01-02T03:04:05Z');

const aBase = (overrides: Partial<KnowledgeBase>): KnowledgeBase => ({
  knowledgeBaseId: 'KB1',
  name: 'handbook',
  knowledgeBaseArn: undefined,
  roleArn: undefined,
  knowledgeBaseConfiguration: { type: 'VECTOR' },
  status: 'ACTIVE',
  createdAt: WHEN,
  updatedAt: WHEN,
  ...overrides,
});

const aSource = (dataSourceConfiguration: DataSourceConfiguration): DataSource => ({
  knowledgeBaseId: 'KB1',
  dataSourceId: 'DS1',
  name: 'files',
  status: 'AVAILABLE',
  createdAt: WHEN,
  updatedAt: WHEN,
  dataSourceConfiguration,
});

describe('a data source', () => {
  it('in SharePoint names its sites, its tenant in Entra and the secret that opens it', () => {
    const sharePointConfiguration = {
      sourceConfiguration: {
        tenantId: '3F9A1C52-7D4E-4B1A-9C60-2E85D0B7A411',
        domain: 'example',
        siteUrls: ['https://Example.sharepoint.com/sites/hr/?token=abc'],
        hostType: 'ONLINE',
        authType: 'OAUTH2_CLIENT_CREDENTIALS',
        credentialsSecretArn: SECRET,
      },
    } as const;
    expect(
      knowledgeSource(
        aSource({
          type: 'SHAREPOINT',
          sharePointConfiguration: {
            sourceConfiguration: {
              ...sharePointConfiguration.sourceConfiguration,
              siteUrls: [...sharePointConfiguration.sourceConfiguration.siteUrls],
            },
          },
        }),
      ),
    ).toMatchObject({
      type: 'SHAREPOINT',
      urls: ['https://example.sharepoint.com/sites/hr'],
      auth_type: 'OAUTH2_CLIENT_CREDENTIALS',
      secret_arn: SECRET,
      entra_tenant_id: '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411',
    });
  });

  it.each([
    [
      'CONFLUENCE',
      {
        confluenceConfiguration: {
          sourceConfiguration: {
            hostUrl: 'https://c.example/wiki',
            hostType: 'SAAS',
            authType: 'BASIC',
            credentialsSecretArn: SECRET,
          },
        },
      },
      ['https://c.example/wiki'],
    ],
    [
      'SALESFORCE',
      {
        salesforceConfiguration: {
          sourceConfiguration: {
            hostUrl: 'https://s.example',
            authType: 'OAUTH2_CLIENT_CREDENTIALS',
            credentialsSecretArn: SECRET,
          },
        },
      },
      ['https://s.example'],
    ],
    [
      'WEB',
      {
        webConfiguration: {
          sourceConfiguration: {
            urlConfiguration: { seedUrls: [{ url: 'https://b.example/#x' }, { url: 'https://a.example/?k=v' }] },
          },
        },
      },
      ['https://a.example', 'https://b.example'],
    ],
    ['CUSTOM', {}, []],
  ] as const)('of type %s names where it reads', (type, configuration, urls) => {
    const source = structuredClone({ type, ...configuration }) as DataSourceConfiguration;
    expect(knowledgeSource(aSource(source))).toMatchObject({ type, urls, bucket_arn: null });
  });
});

describe('the store of a knowledge base', () => {
  const storeOf = (storageConfiguration: KnowledgeBase['storageConfiguration']) =>
    knowledgeStore(aBase({ storageConfiguration }));

  it("in somebody else's database is an address and a secret", () => {
    const pineconeConfiguration = {
      connectionString: 'https://idx.svc.pinecone.io/?key=abc',
      credentialsSecretArn: SECRET,
      fieldMapping: FIELDS,
    };
    expect(storeOf({ type: 'PINECONE', pineconeConfiguration })).toEqual({
      type: 'PINECONE',
      arns: [],
      endpoint: 'https://idx.svc.pinecone.io',
      secret_arns: [SECRET],
    });
  });

  it('of a host without a scheme is the host, and of anything else nothing', () => {
    const mongo = (endpoint: string) =>
      storeOf({
        type: 'MONGO_DB_ATLAS',
        mongoDbAtlasConfiguration: {
          endpoint,
          databaseName: 'd',
          collectionName: 'c',
          vectorIndexName: 'i',
          credentialsSecretArn: SECRET,
          fieldMapping: FIELDS,
        },
      })?.endpoint;
    expect(mongo('Cluster0.abc.mongodb.net')).toBe('cluster0.abc.mongodb.net');
    expect(mongo('mongodb+srv://user:hunter2@cluster0.abc.mongodb.net')).toBeNull();
  });

  it.each([
    [
      'RDS',
      { rdsConfiguration: { resourceArn: 'arn:aws:rds:eu-west-1:1:cluster:c', credentialsSecretArn: SECRET } },
      'arn:aws:rds:eu-west-1:1:cluster:c',
    ],
    [
      'NEPTUNE_ANALYTICS',
      { neptuneAnalyticsConfiguration: { graphArn: 'arn:aws:neptune-graph:eu-west-1:1:graph/g' } },
      'arn:aws:neptune-graph:eu-west-1:1:graph/g',
    ],
    [
      'S3_VECTORS',
      { s3VectorsConfiguration: { vectorBucketArn: 'arn:aws:s3vectors:eu-west-1:1:bucket/b' } },
      'arn:aws:s3vectors:eu-west-1:1:bucket/b',
    ],
    [
      'OPENSEARCH_MANAGED_CLUSTER',
      { opensearchManagedClusterConfiguration: { domainArn: 'arn:aws:es:eu-west-1:1:domain/d' } },
      'arn:aws:es:eu-west-1:1:domain/d',
    ],
  ] as const)('of type %s has an ARN', (type, configuration, arn) => {
    const storage = { type, ...configuration } as KnowledgeBase['storageConfiguration'];
    expect(storeOf(storage)).toMatchObject({ type, arns: [arn] });
  });

  it('of an index or a workgroup is what the knowledge base looks up in', () => {
    const kendra = aBase({
      storageConfiguration: undefined,
      knowledgeBaseConfiguration: {
        type: 'KENDRA',
        kendraKnowledgeBaseConfiguration: { kendraIndexArn: 'arn:aws:kendra:eu-west-1:1:index/i' },
      },
    });
    expect(knowledgeStore(kendra)).toMatchObject({ type: 'KENDRA', arns: ['arn:aws:kendra:eu-west-1:1:index/i'] });
  });

  it('is none where AWS names none', () => {
    expect(storeOf(undefined)).toBeNull();
  });
});
