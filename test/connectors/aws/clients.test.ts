import { IAMClient, ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { GetBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { awsClients, CallCounter } from '../../../src/connectors/aws/clients.ts';
import { iamActionOf } from '../../../src/connectors/aws/iam-action.ts';
import { fakeAws } from './fake-aws.ts';

const ROLES = { body: '<ListRolesResponse><ListRolesResult><Roles/></ListRolesResult></ListRolesResponse>' };

function clientsFor(actions: readonly string[]) {
  const aws = fakeAws(() => ROLES);
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
    ...awsClients({ config, region: 'eu-west-1', calls, declared: { by: 'iam.test', actions } }),
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
