import { CreateRoleCommand, IAMClient, ListRolesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateAccountCommand, DescribeOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Aws, type ClientSettings, startAws } from '../../tools/local/aws/aws.ts';
import { openRun } from '../../tools/local/run-folder.ts';

const HUB = '111111111111';
const STRANGER = '999999999999';
const run = openRun();
let aws: Aws;
let member: string;
let organization: string;
let collector: ClientSettings;

beforeAll(async () => {
  aws = await startAws(run);
  const organizations = new OrganizationsClient(aws.client(HUB));
  const made = await organizations.send(new CreateAccountCommand({ AccountName: 'm', Email: 'm@example.com' }));
  member = made.CreateAccountStatus?.AccountId ?? '';
  organization = (await organizations.send(new DescribeOrganizationCommand({}))).Organization?.Id ?? '';
  collector = await hubRole('collector', { Action: 'sts:AssumeRole', Resource: '*' });
});
afterAll(async () => {
  await aws?.stop();
  await run.close();
});

describe('a caller', () => {
  test('of twelve digits is the root of that account', async () => {
    const identity = await new STSClient(aws.client(HUB)).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: HUB, Arn: `arn:aws:iam::${HUB}:root` });
  });

  test('whose role has no policy for an action is refused', async () => {
    await expect(new IAMClient(collector).send(new ListRolesCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('iam:ListRoles'),
    });
  });

  test('with a wrong secret is refused', async () => {
    const credentials = { ...collector.credentials, secretAccessKey: 'wrong' };
    await expect(new STSClient({ ...collector, credentials }).send(new GetCallerIdentityCommand({}))).rejects.toThrow(
      'signature',
    );
  });
});

/** The trust of a spoke role, as the hub's own template writes it, and each way of it being wrong. */
describe('a role in a member account is assumed', () => {
  const trusted = () => ({
    Principal: { AWS: `arn:aws:iam::${HUB}:root` },
    Condition: {
      ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${HUB}:role/collector` },
      StringEquals: { 'sts:ExternalId': 'issued-by-the-hub', 'aws:PrincipalOrgID': organization },
    },
  });
  const assume = async (trust: object, as: ClientSettings = collector, ExternalId = 'issued-by-the-hub') => {
    const RoleArn = await memberRole(trust);
    return new STSClient(as).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'scan', ExternalId }));
  };

  test('by the trusted role with the external id, from inside the organization', async () => {
    expect((await assume(trusted())).AssumedRoleUser?.Arn).toContain(`:${member}:assumed-role/`);
  });

  test('not with another external id', async () => {
    await expect(assume(trusted(), collector, 'guessed')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('not by another role of the same account', async () => {
    const other = await hubRole('other', { Action: 'sts:AssumeRole', Resource: '*' });
    await expect(assume(trusted(), other)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('not from another organization', async () => {
    const trust = trusted();
    const StringEquals = { ...trust.Condition.StringEquals, 'aws:PrincipalOrgID': 'o-elsewhere' };
    const elsewhere = { ...trust, Condition: { ...trust.Condition, StringEquals } };
    await expect(assume(elsewhere)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('by a role of a member account too, since a member has the organization of its management account', async () => {
    const as = await roleOf(member, 'inside', { Action: 'sts:AssumeRole', Resource: '*' });
    const trust = {
      Principal: { AWS: `arn:aws:iam::${member}:root` },
      Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } },
    };
    expect((await assume(trust, as)).Credentials).toBeDefined();
  });

  test('not by a caller whose policy asks for resources of the organization, if the account is outside it', async () => {
    const Condition = { StringEquals: { 'aws:ResourceOrgID': organization } };
    const as = await hubRole('careful', { Action: 'sts:AssumeRole', Resource: '*', Condition });
    const trust = { Principal: { AWS: `arn:aws:iam::${HUB}:root` } };
    expect((await assume(trust, as)).Credentials).toBeDefined();
    const RoleArn = await makeRole(STRANGER, 'bait', trust);
    await expect(
      new STSClient(as).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'scan' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

test('the URL of a queue names the fault proxy, so that calls to it can be made to fail', async () => {
  const { QueueUrl } = await new SQSClient(aws.client(HUB)).send(new CreateQueueCommand({ QueueName: 'q' }));
  expect(QueueUrl).toBe(`${aws.endpoint}/${HUB}/q`);
});

let made = 0;

async function memberRole(trust: object): Promise<string> {
  made += 1;
  return makeRole(member, `spoke-${made}`, trust);
}

async function makeRole(account: string, RoleName: string, trust: object): Promise<string> {
  const AssumeRolePolicyDocument = allow({ Action: 'sts:AssumeRole', ...trust });
  const iam = new IAMClient(aws.client(account));
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return Role?.Arn ?? '';
}

const hubRole = (name: string, policy: object): Promise<ClientSettings> => roleOf(HUB, name, policy);

/** A session of a new role with one inline policy. */
async function roleOf(account: string, RoleName: string, policy: object): Promise<ClientSettings> {
  const RoleArn = await makeRole(account, RoleName, { Principal: { AWS: `arn:aws:iam::${account}:root` } });
  const PolicyDocument = allow(policy);
  await new IAMClient(aws.client(account)).send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'only', PolicyDocument }),
  );
  const sts = new STSClient(aws.client(account));
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session' }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return {
    ...aws.client(account),
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  };
}

const allow = (of: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...of }] });
