import {
  type Bucket,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  type Grant,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Gap, Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { lookAtEach } from '../look-at-each.ts';
import { resourcePolicy } from '../policy-document.ts';
import { required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { BUCKET_ACTIONS, bucketArn, toBucket } from './bucket.ts';

const { LIST, LOCATION, POLICY, POLICY_STATUS, PUBLIC_ACCESS, ENCRYPTION, OWNERSHIP, ACL, TAGS } = BUCKET_ACTIONS;

/** With a page size, AWS says each bucket's region too. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
const PAGE_SIZE = 250;

/** The buckets of an account, wherever they are. Each is asked in its own region. */
export const buckets: AwsCollector = {
  id: 's3.buckets',
  category: 'aws_s3',
  regional: false,
  entity_types: ['aws_s3_bucket'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, LOCATION, POLICY, POLICY_STATUS, PUBLIC_ACCESS, ENCRYPTION, OWNERSHIP, ACL, TAGS],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (ContinuationToken) =>
        session.client(S3Client).send(new ListBucketsCommand({ MaxBuckets: PAGE_SIZE, ContinuationToken })),
      next: (page) => page.ContinuationToken,
      items: (page) => page.Buckets,
      name: (bucket) => bucket.Name ?? 'a bucket without a name',
      look: (bucket) => lookAtBucket(session, bucket),
    }),
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
  const isPublic = yield* policyStatus(client, Bucket, item, policy);
  const ownership = yield* readItem(
    { action: OWNERSHIP, item, absent: ['OwnershipControlsNotFoundError'] },
    async () => {
      const { OwnershipControls } = await client.send(new GetBucketOwnershipControlsCommand({ Bucket }));
      return answered(OwnershipControls?.Rules?.[0]?.ObjectOwnership, 'ObjectOwnership');
    },
  );
  const acl = yield* aclOf(client, Bucket, item, ownership);
  yield* toBucket(Bucket, session, { region, policy, isPublic, publicAccess, encryption, ownership, acl, tags });
}

/** Whether AWS takes the policy for public. A bucket without a policy is not asked. */
async function* policyStatus(
  client: S3Client,
  Bucket: string,
  item: string,
  policy: Reading<ObservedPolicyDocument>,
): AsyncGenerator<Gap, Reading<boolean>, undefined> {
  if (policy.known && !policy.value) return { known: true, value: undefined };
  return yield* readItem({ action: POLICY_STATUS, item, absent: ['NoSuchBucketPolicy'] }, async () => {
    const { PolicyStatus } = await client.send(new GetBucketPolicyStatusCommand({ Bucket }));
    return answered(PolicyStatus?.IsPublic, 'IsPublic');
  });
}

/** The grants of a bucket's ACL. A bucket that enforces its owner has its ACL switched off, and is not asked; one of which that is not known is. */
async function* aclOf(
  client: S3Client,
  Bucket: string,
  item: string,
  ownership: Reading<string>,
): AsyncGenerator<Gap, Reading<readonly Grant[]>, undefined> {
  if (ownership.known && ownership.value === 'BucketOwnerEnforced') return { known: true, value: undefined };
  return yield* readItem({ action: ACL, item }, async () =>
    answered((await client.send(new GetBucketAclCommand({ Bucket }))).Grants, 'Grants'),
  );
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
