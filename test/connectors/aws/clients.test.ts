import { IAMClient, ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { GetBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { type AwsCall, awsClients, CallCounter, KeptAnswers } from '../../../src/connectors/aws/clients.ts';
import { iamActionOf } from '../../../src/connectors/aws/iam-action.ts';
import { fakeAws } from './fake-aws.ts';

const ROLES = { body: '<ListRolesResponse><ListRolesResult><Roles/></ListRolesResult></ListRolesResponse>' };

function clientsFor(actions: readonly string[], kept?: KeptAnswers) {
  const aws = fakeAws(() => ROLES);
  const told: AwsCall[] = [];
  const calls = new CallCounter();
  const config = {
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    requestHandler: aws.handler,
    retryMode: 'standard',
    maxAttempts: 1,
    forcePathStyle: false,
    followRegionRedirects: true,
  };
  return {
    ...aws,
    calls,
    told,
    ...awsClients({
      config,
      region: 'eu-west-1',
      calls,
      declared: { by: 'iam.test', actions },
      kept,
      told: (call) => told.push(call),
    }),
  };
}

describe('the clients of a collector', () => {
  it('make declared calls, and count them', async () => {
    const { client, calls } = clientsFor(['iam:ListRoles']);
    await client(IAMClient).send(new ListRolesCommand({}));
    expect(calls.total).toBe(1);
  });

  it('refuse a call that is not declared, before anything is sent', async () => {
    const { client, sent } = clientsFor(['iam:ListRoles']);
    const sending = client(IAMClient).send(new ListUsersCommand({}));
    await expect(sending).rejects.toThrow('iam.test calls iam:ListUsers, which is not among its declared actions');
    expect(sent).toEqual([]);
  });

  it('are made once per service and region', () => {
    const { client } = clientsFor([]);
    expect(client(IAMClient)).toBe(client(IAMClient));
    expect(client(S3Client, 'us-east-1')).not.toBe(client(S3Client));
  });
});

describe('what was answered before', () => {
  it('is not asked again by another collector of the session, nor counted', async () => {
    const kept = new KeptAnswers(new Set(['iam:ListRoles']));
    const [one, other] = [clientsFor(['iam:ListRoles'], kept), clientsFor(['iam:ListRoles'], kept)];
    const first = await one.client(IAMClient).send(new ListRolesCommand({ PathPrefix: '/a/' }));
    const again = await other.client(IAMClient).send(new ListRolesCommand({ PathPrefix: '/a/', Marker: undefined }));
    expect(again).toEqual(first);
    expect([one.sent.length, other.sent.length, other.calls.total, other.told.length]).toEqual([1, 0, 0, 0]);
    await other.client(IAMClient).send(new ListRolesCommand({ PathPrefix: '/b/' }));
    await other.client(IAMClient, 'us-east-1').send(new ListRolesCommand({ PathPrefix: '/a/' }));
    expect(other.told.map(({ region, input }) => [region, input])).toEqual([
      ['eu-west-1', { PathPrefix: '/b/' }],
      ['us-east-1', { PathPrefix: '/a/' }],
    ]);
  });

  it('is kept of those actions only that several collectors call', async () => {
    const { client, sent } = clientsFor(['iam:ListRoles'], new KeptAnswers(new Set(['iam:ListUsers'])));
    await client(IAMClient).send(new ListRolesCommand({}));
    await client(IAMClient).send(new ListRolesCommand({}));
    expect(sent).toHaveLength(2);
  });

  it('is no failure: that is asked again', async () => {
    const kept = new KeptAnswers(new Set(['a:List']));
    const call = { action: 'a:List', region: 'eu-west-1', input: {} };
    await expect(kept.answer(call, () => Promise.reject(new Error('throttled')))).rejects.toThrow('throttled');
    await expect(kept.answer(call, async () => 'pages')).resolves.toBe('pages');
    await expect(kept.answer(call, async () => 'others')).resolves.toBe('pages');
  });
});

describe('the IAM action of a call', () => {
  it.each([
    ['IAMClient', 'ListRolesCommand', 'iam:ListRoles'],
    ['DynamoDBClient', 'ListTablesCommand', 'dynamodb:ListTables'],
    ['S3Client', 'ListBucketsCommand', 's3:ListAllMyBuckets'],
    ['S3Client', 'GetPublicAccessBlockCommand', 's3:GetBucketPublicAccessBlock'],
    ['S3ControlClient', 'GetPublicAccessBlockCommand', 's3:GetAccountPublicAccessBlock'],
    ['S3Client', GetBucketEncryptionCommand.name, 's3:GetEncryptionConfiguration'],
    ['SFNClient', 'ListStateMachinesCommand', 'states:ListStateMachines'],
  ])('%s %s is %s', (client, command, action) => {
    expect(iamActionOf(client, command)).toBe(action);
  });
});
