import type { DataSource } from '@aws-sdk/client-bedrock-agent';
import { parseArn } from '../../../kernel/arn.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { MalformedAnswer } from '../aws-failure.ts';
import { answered } from '../reading.ts';

/** Where a knowledge base takes its documents from. Field names and crawler settings are left out. */
export interface KnowledgeSource {
  readonly id: string;
  readonly name: string;
  /** `S3`, `WEB`, `CONFLUENCE`, `SALESFORCE`, `SHAREPOINT`, `CUSTOM`, ... */
  readonly type: string;
  readonly bucket_arn: string | null;
  /** Set where the bucket is another account's. */
  readonly bucket_owner: string | null;
  readonly prefixes: readonly string[];
  /** Where documents are fetched from over HTTP, without query. */
  readonly urls: readonly string[];
  readonly auth_type: string | null;
  /** The secret that holds the credentials: its ARN, never its value. */
  readonly secret_arn: string | null;
  /** Tenant of Microsoft 365, where that is where it reads. */
  readonly entra_tenant_id: string | null;
  readonly encryption_key: string | null;
  /** Functions that change documents on their way in. */
  readonly transformed_by: readonly string[];
}

/** A data source as AWS describes it. Throws `MalformedAnswer` on a record that makes no sense. */
export function knowledgeSource(source: DataSource): KnowledgeSource {
  const configuration = answered(source.dataSourceConfiguration, 'dataSourceConfiguration');
  const { s3Configuration, webConfiguration, sharePointConfiguration } = configuration;
  const site = sharePointConfiguration?.sourceConfiguration;
  const remote =
    site ??
    configuration.confluenceConfiguration?.sourceConfiguration ??
    configuration.salesforceConfiguration?.sourceConfiguration;
  const bucket = s3Configuration && answered(s3Configuration.bucketArn, 'bucketArn');
  const transformations = source.vectorIngestionConfiguration?.customTransformationConfiguration?.transformations ?? [];
  return {
    id: answered(source.dataSourceId, 'dataSourceId'),
    name: answered(source.name, 'name'),
    type: answered(configuration.type, 'type'),
    bucket_arn: bucket === undefined ? null : anArn(bucket),
    bucket_owner: s3Configuration?.bucketOwnerAccountId ?? null,
    prefixes: [...(s3Configuration?.inclusionPrefixes ?? [])].sort(),
    urls: [
      ...(webConfiguration?.sourceConfiguration?.urlConfiguration?.seedUrls ?? []).map(({ url }) => url),
      ...(site?.siteUrls ?? []),
      ...(remote && 'hostUrl' in remote ? [remote.hostUrl] : []),
    ]
      .flatMap((url) => canonicalEndpoint(url) ?? [])
      .sort(),
    auth_type: remote?.authType ?? null,
    secret_arn: remote?.credentialsSecretArn ?? null,
    entra_tenant_id: site?.tenantId?.toLowerCase() ?? null,
    encryption_key: source.serverSideEncryptionConfiguration?.kmsKeyArn ?? null,
    transformed_by: transformations.map(({ transformationFunction }) =>
      anArn(answered(transformationFunction?.transformationLambdaConfiguration?.lambdaArn, 'lambdaArn')),
    ),
  };
}

function anArn(text: string): string {
  if (!parseArn(text)) throw new MalformedAnswer('something other than an ARN stands where an ARN belongs');
  return text;
}
