import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  CreateAccountCommand,
  ListAccountsCommand,
  ListRootsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { GetBucketEncryptionCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Aws, type ClientSettings, startAws } from '../../tools/local/aws/aws.ts';
import { openRun } from '../../tools/local/run-folder.ts';

const ACCOUNT = '111111111111';
const OTHER = '222222222222';
const run = openRun();
let aws: Aws;

beforeAll(async () => {
  aws = await startAws(run);
});
afterEach(() => {
  aws.faults.clear();
  aws.faults.resetCalls();
});
afterAll(async () => {
  await aws?.stop();
  await run.close();
});

const once = (account = ACCOUNT): ClientSettings & { maxAttempts: number } => ({
  ...aws.client(account),
  maxAttempts: 1,
});

/** One call of each protocol, and of the services that have words of their own. */
const CALLS = {
  'query (IAM)': {
    action: 'iam:ListRoles',
    call: () => new IAMClient(once()).send(new ListRolesCommand({})),
    refused: { name: 'AccessDenied', status: 403 },
    throttled: { name: 'Throttling', status: 400 },
  },
  'query (SNS)': {
    action: 'sns:ListTopics',
    call: () => new SNSClient(once()).send(new ListTopicsCommand({})),
    refused: { name: 'AuthorizationErrorException', status: 403 },
    throttled: { name: 'Throttling', status: 400 },
  },
  'REST XML (S3)': {
    action: 's3:ListAllMyBuckets',
    call: () => new S3Client(once()).send(new ListBucketsCommand({})),
    refused: { name: 'AccessDenied', status: 403 },
    throttled: { name: 'SlowDown', status: 503 },
  },
  'JSON 1.0 (DynamoDB)': {
    action: 'dynamodb:ListTables',
    call: () => new DynamoDBClient(once()).send(new ListTablesCommand({})),
    refused: { name: 'AccessDeniedException', status: 400 },
    throttled: { name: 'ThrottlingException', status: 400 },
  },
  'JSON 1.0 (SQS)': {
    action: 'sqs:ListQueues',
    call: () => new SQSClient(once()).send(new ListQueuesCommand({})),
    refused: { name: 'AccessDeniedException', status: 400 },
    throttled: { name: 'RequestThrottled', status: 403 },
  },
  'JSON 1.1 (Organizations)': {
    action: 'organizations:ListRoots',
    call: () => new OrganizationsClient(once()).send(new ListRootsCommand({})),
    refused: { name: 'AccessDeniedException', status: 400 },
    throttled: { name: 'TooManyRequestsException', status: 400 },
  },
  'REST JSON (Lambda)': {
    action: 'lambda:ListFunctions',
    call: () => new LambdaClient(once()).send(new ListFunctionsCommand({})),
    refused: { name: 'AccessDeniedException', status: 403 },
    throttled: { name: 'TooManyRequestsException', status: 429 },
  },
} as const;

describe.each(Object.entries(CALLS))('%s', (_, { action, call, refused, throttled }) => {
  test('without a rule, the call succeeds and is counted under its IAM action', async () => {
    await call();
    expect(aws.faults.calls()).toEqual([{ account: ACCOUNT, action, count: 1 }]);
  });

  test('a refusal is the error that AWS gives to somebody who lacks the permission', async () => {
    aws.faults.inject({ when: { action }, fault: 'refuse' });
    await expect(call()).rejects.toMatchObject({
      name: refused.name,
      message: expect.stringContaining(`${ACCOUNT}:root is not authorized to perform: ${action}`),
      $metadata: { httpStatusCode: refused.status },
    });
  });

  test('throttling is the error that AWS gives to somebody who calls too often', async () => {
    aws.faults.inject({ when: { action }, fault: 'throttle' });
    await expect(call()).rejects.toMatchObject({
      name: throttled.name,
      $metadata: { httpStatusCode: throttled.status },
    });
  });

  test('a cut is a lost connection', async () => {
    aws.faults.inject({ when: { action }, fault: 'cut' });
    await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('a malformed answer cannot be read', async () => {
    aws.faults.inject({ when: { action }, fault: 'malform' });
    const error = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain('Deserialization error');
  });

  test('a delayed call takes as long, and then succeeds', async () => {
    aws.faults.inject({ when: { action }, fault: { delay_ms: 200 } });
    const from = performance.now();
    await call();
    expect(performance.now() - from).toBeGreaterThan(195);
  });
});

describe('which calls a rule means', () => {
  test('a rule for an account leaves other accounts alone', async () => {
    aws.faults.inject({ when: { account: OTHER, service: 'iam' }, fault: 'refuse' });
    await new IAMClient(once(ACCOUNT)).send(new ListRolesCommand({}));
    await expect(new IAMClient(once(OTHER)).send(new ListRolesCommand({}))).rejects.toThrow('not authorized');
  });

  test('a rule for a role means its sessions, whatever path the role has', async () => {
    const role = await readerRole('/team/', 'path-reader');
    const session = await sessionOf(role);
    aws.faults.inject({ when: { role }, fault: 'refuse' });
    await new IAMClient(once()).send(new ListRolesCommand({}));
    await expect(new IAMClient(session).send(new ListRolesCommand({}))).rejects.toThrow(
      'assumed-role/path-reader/test is not authorized to perform: iam:ListRoles',
    );
    expect(aws.faults.countCalls({ role, action: 'iam:ListRoles' })).toBe(1);
  });

  test('a rule for an action leaves the other actions of its service alone', async () => {
    aws.faults.inject({ when: { action: 's3:GetEncryptionConfiguration' }, fault: 'refuse' });
    const s3 = new S3Client(once());
    await s3.send(new ListBucketsCommand({}));
    await expect(s3.send(new GetBucketEncryptionCommand({ Bucket: 'no-such-bucket' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  test('a rule that is good for two times makes the SDK try a third', async () => {
    const rule = aws.faults.inject({ when: { action: 'iam:ListRoles' }, times: 2, fault: 'throttle' });
    await new IAMClient({ ...aws.client(ACCOUNT), maxAttempts: 3 }).send(new ListRolesCommand({}));
    expect(rule.hits).toBe(2);
    expect(aws.faults.countCalls({ action: 'iam:ListRoles' })).toBe(3);
  });

  test('a rule may let the first calls pass', async () => {
    aws.faults.inject({ when: { action: 'iam:ListRoles' }, after: 1, fault: 'refuse' });
    const iam = new IAMClient(once());
    await iam.send(new ListRolesCommand({}));
    await expect(iam.send(new ListRolesCommand({}))).rejects.toThrow('not authorized');
  });

  test('a refused call never reaches AWS', async () => {
    aws.faults.inject({ when: { action: 'iam:CreateRole' }, fault: 'refuse' });
    await expect(readerRole('/', 'never-made')).rejects.toThrow('not authorized');
    const { Roles } = await new IAMClient(once()).send(new ListRolesCommand({}));
    expect(Roles?.map(({ RoleName }) => RoleName)).not.toContain('never-made');
  });
});

describe('pages', () => {
  test('the authorization details come in pages that hold every role once, nested lists intact', async () => {
    const account = '333333333333';
    for (const name of ['one', 'two', 'three']) await readerRole('/', name, account);
    aws.faults.inject({ when: { action: 'iam:GetAccountAuthorizationDetails' }, fault: { page_size: 2 } });
    const iam = new IAMClient(once(account));
    const Filter = ['Role' as const];
    const first = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter }));
    expect(first.IsTruncated).toBe(true);
    const second = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter, Marker: first.Marker }));
    expect(second.IsTruncated).toBe(false);
    expect([first.RoleDetailList?.length, second.RoleDetailList?.length]).toEqual([2, 1]);
    const roles = [...(first.RoleDetailList ?? []), ...(second.RoleDetailList ?? [])];
    expect(roles.map(({ RoleName }) => RoleName).sort()).toEqual(['one', 'three', 'two']);
    for (const role of roles) expect(role.RolePolicyList?.map(({ PolicyName }) => PolicyName)).toEqual(['read']);
  });

  test('an item can be there many times, each with a name and an id of its own; the others are there once', async () => {
    const account = '555555555555';
    for (const name of ['many', 'one']) await readerRole('/', name, account);
    const copies = { of: 'many', count: 5 };
    aws.faults.inject({ when: { action: 'iam:GetAccountAuthorizationDetails' }, fault: { page_size: 4, copies } });
    const iam = new IAMClient(once(account));
    const first = await iam.send(new GetAccountAuthorizationDetailsCommand({}));
    const second = await iam.send(new GetAccountAuthorizationDetailsCommand({ Marker: first.Marker }));
    const roles = [...(first.RoleDetailList ?? []), ...(second.RoleDetailList ?? [])];
    const names = roles.map(({ RoleName }) => RoleName).sort();
    expect(names).toEqual(['many-00000', 'many-00001', 'many-00002', 'many-00003', 'many-00004', 'one']);
    expect(new Set(roles.map(({ RoleId }) => RoleId)).size).toBe(6);
    for (const { Arn, RoleName } of roles) expect(Arn).toBe(`arn:aws:iam::${account}:role/${RoleName}`);
    expect(second.IsTruncated).toBe(false);
  });

  test('a later page can be made to fail', async () => {
    const account = '444444444444';
    const organizations = new OrganizationsClient(once(account));
    for (const name of ['a', 'b']) {
      await organizations.send(new CreateAccountCommand({ AccountName: name, Email: `${name}@example.com` }));
    }
    const action = 'organizations:ListAccounts';
    aws.faults.inject({ when: { action }, fault: { page_size: 1 } });
    aws.faults.inject({ when: { action }, after: 1, times: 1, fault: 'throttle' });
    const first = await organizations.send(new ListAccountsCommand({}));
    expect(first.Accounts).toHaveLength(1);
    const next = new ListAccountsCommand({ NextToken: first.NextToken });
    await expect(organizations.send(next)).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    const second = await organizations.send(next);
    expect(second.Accounts?.[0]?.Id).not.toBe(first.Accounts?.[0]?.Id);
  });

  test('a page size for an answer that cannot be paged is not a rule', () => {
    const rule = { when: { action: 'iam:GetRole' }, fault: { page_size: 1 } };
    expect(() => aws.faults.inject(rule)).toThrow('page_size needs an action whose answer can be paged');
  });
});

describe('the control URL', () => {
  const State = z.object({ rules: z.array(z.looseObject({ id: z.number() })) });

  test('takes rules from other processes, lists them and ends them', async () => {
    const url = aws.faults.controlUrl;
    const headers = { 'content-type': 'application/json' };
    const rule = { when: { action: 'iam:ListRoles' }, fault: 'refuse' };
    const posted = await fetch(url, { method: 'POST', headers, body: JSON.stringify(rule) });
    expect(posted.status).toBe(201);
    await expect(CALLS['query (IAM)'].call()).rejects.toThrow('not authorized');
    const { rules } = State.parse(await (await fetch(url)).json());
    expect(rules).toMatchObject([{ ...rule, hits: 1 }]);
    await fetch(`${url}/${rules[0]?.id}`, { method: 'DELETE' });
    await CALLS['query (IAM)'].call();
  });

  test('says what is wrong with a rule', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ when: { accont: '1' }, fault: 'refuse' });
    const answer = await fetch(aws.faults.controlUrl, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('accont');
  });
});

/** A role of an account that its root may assume, with one inline policy. */
async function readerRole(Path: string, RoleName: string, account = ACCOUNT): Promise<string> {
  const iam = new IAMClient(once(account));
  const trust = statement({ Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${account}:root` } });
  const made = await iam.send(new CreateRoleCommand({ Path, RoleName, AssumeRolePolicyDocument: trust }));
  const PolicyDocument = statement({ Action: 'iam:List*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'read', PolicyDocument }));
  return made.Role?.Arn ?? '';
}

const statement = (of: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...of }] });

async function sessionOf(RoleArn: string): Promise<ClientSettings & { maxAttempts: number }> {
  const sts = new STSClient(once());
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return { ...once(), credentials };
}
