import {
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { buckets, regionOfLocation } from '../../../../src/connectors/aws/s3/buckets.ts';
import { ACCOUNT, awsError, look } from '../look.ts';

const s3 = mockClient(S3Client);
beforeEach(() => {
  s3.reset();
  s3.on(ListBucketsCommand).resolves({ Buckets: [{ Name: 'media', BucketRegion: 'eu-central-1' }] });
  s3.on(GetBucketPolicyCommand).rejects(awsError('NoSuchBucketPolicy', 'none', 404));
  s3.on(GetPublicAccessBlockCommand).rejects(awsError('NoSuchPublicAccessBlockConfiguration', 'none', 404));
  s3.on(GetBucketEncryptionCommand).rejects(awsError('ServerSideEncryptionConfigurationNotFoundError', 'none', 404));
  s3.on(GetBucketTaggingCommand).rejects(awsError('NoSuchTagSet', 'none', 404));
});

describe('a bucket', () => {
  it('without anything set has known absences', async () => {
    const { nodes, edges, row } = await look(buckets);
    expect(nodes).toEqual([
      expect.objectContaining({
        entity_type: 'aws_s3_bucket',
        source_system_id: 'aws:aws',
        source_record_id: 'arn:aws:s3:::media',
        properties: {
          arn: 'arn:aws:s3:::media',
          name: 'media',
          account_id: ACCOUNT,
          region: 'eu-central-1',
          resource_policy_hash: null,
          public_access_block: null,
          encryption: null,
          tags: [],
        },
      }),
    ]);
    expect(edges).toEqual([expect.objectContaining({ edge_type: 'BELONGS_TO' })]);
    expect(row).toEqual({ collector: 's3.buckets', region: 'global', status: 'complete' });
  });

  it('with everything set shows it, and which call told', async () => {
    s3.on(GetBucketPolicyCommand).resolves({ Policy: '{"Statement":[{"Effect":"Deny"}]}' });
    s3.on(GetPublicAccessBlockCommand).resolves({ PublicAccessBlockConfiguration: { BlockPublicAcls: true } });
    s3.on(GetBucketEncryptionCommand).resolves({
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'key' } }],
      },
    });
    s3.on(GetBucketTaggingCommand).resolves({ TagSet: [{ Key: 'k', Value: 'v' }] });
    const { nodes, observations } = await look(buckets);
    const document = observations.find((seen) => seen.kind === 'policy_document');
    expect(nodes[0]?.properties).toMatchObject({
      resource_policy_hash: document?.hash,
      public_access_block: { block_public_acls: true, block_public_policy: false },
      encryption: { algorithm: 'aws:kms', kms_key: 'key' },
      tags: [{ key: 'k', value: 'v' }],
    });
    expect(nodes[0]?.property_apis).toMatchObject({ encryption: 's3:GetEncryptionConfiguration' });
  });

  const refused = awsError('AccessDenied', 'no', 403);
  it.each<[string, string, () => unknown]>([
    ['resource_policy_hash', 's3:GetBucketPolicy', () => s3.on(GetBucketPolicyCommand).rejects(refused)],
    ['public_access_block', 's3:GetBucketPublicAccessBlock', () => s3.on(GetPublicAccessBlockCommand).rejects(refused)],
    ['encryption', 's3:GetEncryptionConfiguration', () => s3.on(GetBucketEncryptionCommand).rejects(refused)],
    ['tags', 's3:GetBucketTagging', () => s3.on(GetBucketTaggingCommand).rejects(refused)],
  ])('whose %s may not be read is there without it, and %s is missing', async (property, action, refuse) => {
    refuse();
    const { nodes, gaps, row } = await look(buckets);
    expect(nodes[0]?.properties).not.toHaveProperty(property);
    expect(Object.keys(nodes[0]?.properties ?? {})).toHaveLength(7);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action, item: 'arn:aws:s3:::media' })]);
    expect(row.status).toBe('denied');
  });

  it('that vanished between list and get is absent', async () => {
    s3.on(GetBucketTaggingCommand).rejects(awsError('NoSuchBucket', 'gone', 404));
    expect((await look(buckets)).observations).toEqual([]);
  });

  it('whose region the listing does not say is asked for it', async () => {
    s3.on(ListBucketsCommand).resolves({ Buckets: [{ Name: 'media' }] });
    s3.on(GetBucketLocationCommand).resolves({ LocationConstraint: 'EU' });
    expect((await look(buckets)).nodes[0]?.properties).toMatchObject({ region: 'eu-west-1' });
  });

  it.each([
    [undefined, 'us-east-1'],
    ['', 'us-east-1'],
    ['EU', 'eu-west-1'],
    ['ap-south-1', 'ap-south-1'],
  ])('location %j is region %s', (location, region) => {
    expect(regionOfLocation(location)).toBe(region);
  });
});
