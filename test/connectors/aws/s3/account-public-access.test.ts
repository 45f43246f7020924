import { GetPublicAccessBlockCommand, S3ControlClient } from '@aws-sdk/client-s3-control';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { accountPublicAccess } from '../../../../src/connectors/aws/s3/account-public-access.ts';
import { ACCOUNT, awsError, look } from '../look.ts';

const control = mockClient(S3ControlClient);
beforeEach(() => control.reset());

describe('what an account blocks for all of its buckets', () => {
  it('is a property of the account', async () => {
    control.on(GetPublicAccessBlockCommand, { AccountId: ACCOUNT }).resolves({
      PublicAccessBlockConfiguration: { RestrictPublicBuckets: true },
    });
    const { nodes, row } = await look(accountPublicAccess);
    expect(nodes).toEqual([
      expect.objectContaining({
        entity_type: 'aws_account',
        source_record_id: `arn:aws:iam::${ACCOUNT}:root`,
        properties: {
          account_id: ACCOUNT,
          s3_public_access_block: {
            block_public_acls: false,
            ignore_public_acls: false,
            block_public_policy: false,
            restrict_public_buckets: true,
          },
        },
        api: 's3:GetAccountPublicAccessBlock',
      }),
    ]);
    expect(row).toEqual({ collector: 's3.account-public-access', region: 'global', status: 'complete' });
  });

  it('is known to be nothing where nothing was ever set', async () => {
    control.on(GetPublicAccessBlockCommand).rejects(awsError('NoSuchPublicAccessBlockConfiguration', 'none', 404));
    const { nodes, row } = await look(accountPublicAccess);
    expect(nodes[0]?.properties).toMatchObject({ s3_public_access_block: null });
    expect(row.status).toBe('complete');
  });

  it.each<[string, () => unknown, string, string]>([
    [
      'may not be read',
      () => control.on(GetPublicAccessBlockCommand).rejects(awsError('AccessDenied', 'no', 403)),
      'access_denied',
      'denied',
    ],
    ['is not in the answer', () => control.on(GetPublicAccessBlockCommand).resolves({}), 'unreadable_item', 'failed'],
    [
      'is no path that the service knows',
      () => control.on(GetPublicAccessBlockCommand).rejects(awsError('InvalidURI')),
      'unreadable_item',
      'failed',
    ],
  ])('is a gap where it %s', async (_, arrange, code, status) => {
    arrange();
    const { nodes, gaps, row } = await look(accountPublicAccess);
    expect(nodes).toEqual([]);
    expect(gaps).toEqual([expect.objectContaining({ code, action: 's3:GetAccountPublicAccessBlock' })]);
    expect(row.status).toBe(status);
  });
});
