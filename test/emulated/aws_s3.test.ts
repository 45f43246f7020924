import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
beforeAll(async () => {
  spoke = await startSpoke();
});
afterAll(() => spoke?.stop());

test('a bucket is seen through the spoke role', async () => {
  await spoke.root(S3Client).send(new CreateBucketCommand({ Bucket: 'emulated-media' }));
  const { nodes, edges, coverage } = await spoke.collect('aws_s3');
  expect(coverage['s3.buckets']).toBe('complete');
  expect(nodes).toContainEqual(
    expect.objectContaining({ entity_type: 'aws_s3_bucket', source_record_id: 'arn:aws:s3:::emulated-media' }),
  );
  expect(edges).toContainEqual(
    expect.objectContaining({
      edge_type: 'BELONGS_TO',
      to: expect.objectContaining({ source_record_id: `arn:aws:iam::${spoke.account}:root` }),
    }),
  );
});

test('what the account denies the spoke role is a gap that names it', async () => {
  const { gaps, coverage } = await spoke.without(['s3:GetBucketTagging'], () => spoke.collect('aws_s3'));
  expect(coverage['s3.buckets']).toBe('denied');
  expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 's3:GetBucketTagging' })]);
});
