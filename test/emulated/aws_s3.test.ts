import {
  CreateBucketCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { PutPublicAccessBlockCommand as PutAccountBlockCommand, S3ControlClient } from '@aws-sdk/client-s3-control';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolvable } from '../../tools/local/aws/emulator.ts';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
let collected: Collected;
beforeAll(async () => {
  spoke = await startSpoke();
  await seed(spoke.root(S3Client));
  collected = await spoke.collect('aws_s3');
});
afterAll(() => spoke?.stop());

/** A bucket that everybody may read, one with an ACL, and one on which nothing is set. */
async function seed(s3: S3Client): Promise<void> {
  for (const Bucket of ['emulated-media', 'emulated-old', 'emulated-plain']) {
    await s3.send(new CreateBucketCommand({ Bucket }));
  }
  const open = {
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
  };
  const media = { Bucket: 'emulated-media' };
  await s3.send(new PutPublicAccessBlockCommand({ ...media, PublicAccessBlockConfiguration: open }));
  const Statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::emulated-media/*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  await s3.send(new PutBucketPolicyCommand({ ...media, Policy }));
  const TagSet = [{ Key: 'data-classification', Value: 'public' }];
  await s3.send(new PutBucketTaggingCommand({ ...media, Tagging: { TagSet } }));
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] };
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket: 'emulated-old', OwnershipControls }));
}

const named = (name: string) => collected.nodes.find(({ display_name }) => display_name === name);

test('every collector of the category is through', () => {
  expect(collected.gaps).toEqual([]);
  expect(collected.coverage).toEqual({ 's3.buckets': 'complete', 's3.account-public-access': 'complete' });
});

test('a bucket that everybody may read says so', () => {
  expect(named('emulated-media')).toMatchObject({
    entity_type: 'aws_s3_bucket',
    source_record_id: 'arn:aws:s3:::emulated-media',
    properties: {
      policy_is_public: true,
      resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      public_access_block: { block_public_policy: false, restrict_public_buckets: false },
      tags: [{ key: 'data-classification', value: 'public' }],
    },
  });
  const home = expect.objectContaining({ source_record_id: `arn:aws:iam::${spoke.account}:root` });
  const from = expect.objectContaining({ source_record_id: 'arn:aws:s3:::emulated-media' });
  expect(collected.edges).toContainEqual(expect.objectContaining({ edge_type: 'BELONGS_TO', from, to: home }));
});

test('an ACL is kept where it counts, and no policy is no public one', () => {
  expect(named('emulated-old')?.properties).toMatchObject({
    object_ownership: 'ObjectWriter',
    acl_grants: [expect.objectContaining({ grantee_type: 'CanonicalUser', permission: 'FULL_CONTROL' })],
  });
  expect(named('emulated-plain')?.properties).toMatchObject({
    policy_is_public: null,
    object_ownership: 'BucketOwnerEnforced',
    acl_grants: null,
    tags: [],
  });
});

test('the account says what it blocks for all of its buckets', async () => {
  const block = () =>
    spoke
      .collect('aws_s3')
      .then(({ nodes }) => nodes.find(({ entity_type }) => entity_type === 'aws_account')?.properties);
  expect(await block()).toMatchObject({ s3_public_access_block: null });
  await blockAccount(spoke);
  expect(await block()).toMatchObject({ s3_public_access_block: { restrict_public_buckets: true } });
});

/** S3 Control puts the account's id before the host: not for an emulator, which has one host. */
async function blockAccount({ aws, account: AccountId }: Spoke): Promise<void> {
  const endpoint = resolvable(aws.endpoint);
  const control = new S3ControlClient({ ...aws.client(AccountId), endpoint });
  const toOneHost = (request: unknown) => Object.assign(Object(request), { hostname: new URL(endpoint).hostname });
  control.middlewareStack.add((next) => (args) => next({ ...args, request: toOneHost(args.request) }), {
    step: 'build',
  });
  const PublicAccessBlockConfiguration = { RestrictPublicBuckets: true };
  await control.send(new PutAccountBlockCommand({ AccountId, PublicAccessBlockConfiguration }));
  control.destroy();
}

test.each([
  ['s3:GetBucketTagging', 's3.buckets'],
  ['s3:GetBucketOwnershipControls', 's3.buckets'],
  ['s3:GetAccountPublicAccessBlock', 's3.account-public-access'],
])('what the account denies the spoke role (%s) is a gap that names it', async (action, collector) => {
  const { gaps, coverage } = await spoke.without([action], () => spoke.collect('aws_s3'));
  expect(coverage[collector]).toBe('denied');
  expect(gaps[0]).toMatchObject({ code: 'access_denied', action });
});
