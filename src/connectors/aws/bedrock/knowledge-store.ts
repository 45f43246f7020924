import type { KnowledgeBase } from '@aws-sdk/client-bedrock-agent';
import { canonicalEndpoint } from '../../endpoint-url.ts';

/** Where a knowledge base keeps or looks up what it knows. */
export interface KnowledgeStore {
  /** `OPENSEARCH_SERVERLESS`, `RDS`, `PINECONE`, `KENDRA`, `SQL`, ... */
  readonly type: string;
  /** What AWS runs has ARNs. */
  readonly arns: readonly string[];
  /** What others run has an address; without query. */
  readonly endpoint: string | null;
  /** The secrets that open it: ARNs, never values. */
  readonly secret_arns: readonly string[];
}

/** The store of a knowledge base; null where AWS names none. */
export function knowledgeStore(base: KnowledgeBase): KnowledgeStore | null {
  const { type, kendraKnowledgeBaseConfiguration, sqlKnowledgeBaseConfiguration } =
    base.knowledgeBaseConfiguration ?? {};
  const storage = base.storageConfiguration;
  const redshift = sqlKnowledgeBaseConfiguration?.redshiftConfiguration?.queryEngineConfiguration;
  const external =
    storage?.pineconeConfiguration ?? storage?.redisEnterpriseCloudConfiguration ?? storage?.mongoDbAtlasConfiguration;
  const store = {
    type: storage?.type ?? type ?? 'unknown',
    arns: texts(
      storage?.opensearchServerlessConfiguration?.collectionArn,
      storage?.opensearchManagedClusterConfiguration?.domainArn,
      storage?.rdsConfiguration?.resourceArn,
      storage?.neptuneAnalyticsConfiguration?.graphArn,
      storage?.s3VectorsConfiguration?.indexArn ?? storage?.s3VectorsConfiguration?.vectorBucketArn,
      kendraKnowledgeBaseConfiguration?.kendraIndexArn,
      redshift?.serverlessConfiguration?.workgroupArn,
    ),
    endpoint: address(external && ('connectionString' in external ? external.connectionString : external.endpoint)),
    secret_arns: texts(
      storage?.rdsConfiguration?.credentialsSecretArn,
      external?.credentialsSecretArn,
      redshift?.serverlessConfiguration?.authConfiguration?.usernamePasswordSecretArn,
      redshift?.provisionedConfiguration?.authConfiguration?.usernamePasswordSecretArn,
    ),
  };
  return store.arns.length > 0 || store.endpoint !== null || storage?.type ? store : null;
}

const texts = (...values: readonly (string | undefined)[]): readonly string[] =>
  values.filter((value): value is string => Boolean(value));

/** Of a host without a scheme, the host alone: a connection string may hold more than an address. */
const address = (text: string | undefined): string | null =>
  canonicalEndpoint(text) ?? /^[a-z0-9.-]+(:\d+)?$/i.exec(text ?? '')?.[0].toLowerCase() ?? null;
