import {
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
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
  s3.on(GetBucketPolicyStatusCommand).rejects(awsError('NoSuchBucketPolicy', 'none', 404));
  s3.on(GetBucketOwnershipControlsCommand).rejects(awsError('OwnershipControlsNotFoundError', 'none', 404));
  s3.on(GetBucketAclCommand).resolves({ Grants: [] });
});

const POLICY = { Policy: '{"Statement":[{"Effect":"Allow"}]}' };
const enforced = () =>
  s3.on(GetBucketOwnershipControlsCommand).resolves({
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
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
          policy_is_public: null,
          public_access_block: null,
          encryption: null,
          object_ownership: null,
          acl_grants: [],
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
    s3.on(GetBucketPolicyStatusCommand).resolves({ PolicyStatus: { IsPublic: false } });
    enforced();
    const { nodes, observations } = await look(buckets);
    const document = observations.find((seen) => seen.kind === 'policy_document');
    expect(nodes[0]?.properties).toMatchObject({
      resource_policy_hash: document?.hash,
      policy_is_public: false,
      object_ownership: 'BucketOwnerEnforced',
      acl_grants: null,
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
    [
      'object_ownership',
      's3:GetBucketOwnershipControls',
      () => s3.on(GetBucketOwnershipControlsCommand).rejects(refused),
    ],
    ['acl_grants', 's3:GetBucketAcl', () => s3.on(GetBucketAclCommand).rejects(refused)],
    ['tags', 's3:GetBucketTagging', () => s3.on(GetBucketTaggingCommand).rejects(refused)],
  ])('whose %s may not be read is there without it, and %s is missing', async (property, action, refuse) => {
    refuse();
    const { nodes, gaps, row } = await look(buckets);
    expect(nodes[0]?.properties).not.toHaveProperty(property);
    expect(Object.keys(nodes[0]?.properties ?? {})).toHaveLength(10);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action, item: 'arn:aws:s3:::media' })]);
    expect(row.status).toBe('denied');
  });

  it('whose policy is public says so, as AWS judges it', async () => {
    s3.on(GetBucketPolicyCommand).resolves(POLICY);
    s3.on(GetBucketPolicyStatusCommand).resolves({ PolicyStatus: { IsPublic: true } });
    const { nodes } = await look(buckets);
    expect(nodes[0]?.properties).toMatchObject({ policy_is_public: true });
    expect(nodes[0]?.property_apis).toMatchObject({ policy_is_public: 's3:GetBucketPolicyStatus' });
  });

  it('whose policy may not be read is asked all the same whether it is public', async () => {
    s3.on(GetBucketPolicyCommand).rejects(refused);
    s3.on(GetBucketPolicyStatusCommand).resolves({ PolicyStatus: { IsPublic: true } });
    expect((await look(buckets)).nodes[0]?.properties).toMatchObject({ policy_is_public: true });
  });

  it('without a policy is not asked whether that is public, nor for its ACL where that is off', async () => {
    enforced();
    await look(buckets);
    expect(s3.commandCalls(GetBucketPolicyStatusCommand)).toEqual([]);
    expect(s3.commandCalls(GetBucketAclCommand)).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    ['policy status', () => s3.on(GetBucketPolicyStatusCommand).resolves({}), 's3:GetBucketPolicyStatus'],
    ['ownership', () => s3.on(GetBucketOwnershipControlsCommand).resolves({}), 's3:GetBucketOwnershipControls'],
    ['ACL', () => s3.on(GetBucketAclCommand).resolves({}), 's3:GetBucketAcl'],
  ])('an answer without the %s is malformed, and no absence', async (_, arrange, action) => {
    s3.on(GetBucketPolicyCommand).resolves(POLICY);
    s3.on(GetBucketPolicyStatusCommand).resolves({ PolicyStatus: { IsPublic: false } });
    arrange();
    const { nodes, gaps } = await look(buckets);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', action })]);
  });

  it('shows who has what by its ACL, by id and never by name', async () => {
    const uri = 'http://acs.amazonaws.com/groups/global/AllUsers';
    s3.on(GetBucketAclCommand).resolves({
      Owner: { ID: 'c0ffee', DisplayName: 'bob' },
      Grants: [
        { Grantee: { Type: 'Group', URI: uri }, Permission: 'READ' },
        { Grantee: { Type: 'CanonicalUser', ID: 'c0ffee', DisplayName: 'bob' }, Permission: 'FULL_CONTROL' },
      ],
    });
    const { nodes, observations } = await look(buckets);
    expect(nodes[0]?.properties.acl_grants).toEqual([
      { grantee: 'c0ffee', grantee_type: 'CanonicalUser', permission: 'FULL_CONTROL' },
      { grantee: uri, grantee_type: 'Group', permission: 'READ' },
    ]);
    expect(JSON.stringify(observations)).not.toContain('bob');
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
