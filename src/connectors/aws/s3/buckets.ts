import {
  type Bucket,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  type ListBucketsOutput,
  type PublicAccessBlockConfiguration,
  S3Client,
  type ServerSideEncryptionConfiguration,
  type Tag,
} from '@aws-sdk/client-s3';
import type { Json } from '../../../kernel/canonical.ts';
import type { Gap, Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { answered, checkpoint, listed, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';

const LIST = 's3:ListAllMyBuckets';
const LOCATION = 's3:GetBucketLocation';
const POLICY = 's3:GetBucketPolicy';
const PUBLIC_ACCESS = 's3:GetBucketPublicAccessBlock';
const ENCRYPTION = 's3:GetEncryptionConfiguration';
const TAGS = 's3:GetBucketTagging';

/** With a page size, AWS says each bucket's region too. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
const PAGE_SIZE = 250;

/** The buckets of an account, wherever they are. Each is asked in its own region. */
export const buckets: AwsCollector = {
  id: 's3.buckets',
  category: 'aws_s3',
  regional: false,
  entity_types: ['aws_s3_bucket'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, LOCATION, POLICY, PUBLIC_ACCESS, ENCRYPTION, TAGS],
  async *collect(session, cursor) {
    const listing = pages<ListBucketsOutput>({
      action: LIST,
      cursor,
      fetch: (ContinuationToken) =>
        session.client(S3Client).send(new ListBucketsCommand({ MaxBuckets: PAGE_SIZE, ContinuationToken })),
      next: (page) => page.ContinuationToken,
    });
    for await (const page of listing) {
      for (const bucket of listed(LIST, page.Buckets)) {
        yield* oneItem({ action: LIST, item: bucket.Name ?? 'a bucket without a name' }, () =>
          lookAtBucket(session, bucket),
        );
      }
      yield* checkpoint(page.ContinuationToken);
    }
  },
};

async function* lookAtBucket(session: AwsSession, bucket: Bucket): AsyncGenerator<Observation, void, undefined> {
  const Bucket = required(bucket.Name, 'Name');
  const item = bucketArn(Bucket, session);
  const region = yield* regionOf(session, bucket, item);
  const client = session.client(S3Client, region.known ? region.value : undefined);
  const policy = yield* readItem({ action: POLICY, item, absent: ['NoSuchBucketPolicy'] }, async () =>
    resourcePolicy(answered((await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy, 'Policy')),
  );
  const publicAccess = yield* readItem(
    { action: PUBLIC_ACCESS, item, absent: ['NoSuchPublicAccessBlockConfiguration'] },
    async () => {
      const { PublicAccessBlockConfiguration } = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
      return answered(PublicAccessBlockConfiguration, 'PublicAccessBlockConfiguration');
    },
  );
  const encryption = yield* readItem(
    { action: ENCRYPTION, item, absent: ['ServerSideEncryptionConfigurationNotFoundError'] },
    async () => {
      const { ServerSideEncryptionConfiguration } = await client.send(new GetBucketEncryptionCommand({ Bucket }));
      return answered(ServerSideEncryptionConfiguration, 'ServerSideEncryptionConfiguration');
    },
  );
  const tags = yield* readItem({ action: TAGS, item, absent: ['NoSuchTagSet', 'NoSuchTagSetError'] }, async () =>
    answered((await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet, 'TagSet'),
  );
  yield* toBucket(Bucket, session, { region, policy, publicAccess, encryption, tags });
}

async function* regionOf(
  session: AwsSession,
  bucket: Bucket,
  item: string,
): AsyncGenerator<Gap, Reading<string>, undefined> {
  if (bucket.BucketRegion) return { known: true, value: bucket.BucketRegion };
  return yield* readItem({ action: LOCATION, item }, async () => {
    const { LocationConstraint } = await session
      .client(S3Client)
      .send(new GetBucketLocationCommand({ Bucket: bucket.Name }));
    return regionOfLocation(LocationConstraint);
  });
}

/** Two old names. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export function regionOfLocation(constraint: string | undefined): string {
  if (!constraint) return 'us-east-1';
  return constraint === 'EU' ? 'eu-west-1' : constraint;
}

/** What other calls told about a bucket. */
export interface BucketDetails {
  readonly region: Reading<string>;
  readonly policy: Reading<ObservedPolicyDocument>;
  readonly publicAccess: Reading<PublicAccessBlockConfiguration>;
  readonly encryption: Reading<ServerSideEncryptionConfiguration>;
  readonly tags: Reading<readonly Tag[]>;
}

/** A bucket. Its ARN names no account: whose it is, is an edge and a property. */
export function* toBucket(
  name: string,
  session: Pick<AwsSession, 'account' | 'partition'>,
  details: BucketDetails,
): Generator<Observation, void, undefined> {
  const { region, policy, publicAccess, encryption, tags } = details;
  const arn = bucketArn(name, session);
  const ref = arnRef('aws_s3_bucket', arn);
  if (policy.known && policy.value) yield policy.value;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      account_id: session.account,
      region: region.known ? region.value : undefined,
      resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
      public_access_block: publicAccess.known ? publicAccessBlock(publicAccess.value) : undefined,
      encryption: encryption.known ? defaultEncryption(encryption.value) : undefined,
      tags: tags.known ? sortedTags(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: {
      resource_policy_hash: POLICY,
      public_access_block: PUBLIC_ACCESS,
      encryption: ENCRYPTION,
      tags: TAGS,
    },
  };
  yield belongsTo(ref, session, LIST);
}

const bucketArn = (name: string, { partition }: Pick<AwsSession, 'partition'>): string =>
  `arn:${partition}:s3:::${name}`;

function publicAccessBlock(block: PublicAccessBlockConfiguration | undefined): Json {
  if (!block) return null;
  return {
    block_public_acls: block.BlockPublicAcls ?? false,
    ignore_public_acls: block.IgnorePublicAcls ?? false,
    block_public_policy: block.BlockPublicPolicy ?? false,
    restrict_public_buckets: block.RestrictPublicBuckets ?? false,
  };
}

function defaultEncryption(configuration: ServerSideEncryptionConfiguration | undefined): Json {
  const rule = configuration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
  return rule ? { algorithm: rule.SSEAlgorithm ?? null, kms_key: rule.KMSMasterKeyID ?? null } : null;
}
