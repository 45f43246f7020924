import { describe, expect, it, vi } from 'vitest';
import { type AwsConnectorOptions, awsConnector } from '../../../src/connectors/aws/connector.ts';
import type { CellTarget } from '../../../src/connectors/connector.ts';
import { remedyFor } from '../../../src/kernel/error-facts.ts';
import { observe } from '../observed.ts';
import { actionOf, type FakeAnswer, fakeAws, refusal, SESSION, type SentRequest } from './fake-aws.ts';
import { socketError } from './look.ts';

const ACCOUNT = '111111111111';

const aTarget = (overrides: Partial<CellTarget> = {}): CellTarget => ({
  category: 'aws_iam',
  account_id: ACCOUNT,
  regions: ['eu-west-1'],
  external_id: 'throughline-1',
  session_name: 'throughline-run-1',
  ...overrides,
});

const EMPTY_DETAILS = `<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult><UserDetailList/><GroupDetailList/>
<RoleDetailList/><Policies/><IsTruncated>false</IsTruncated></GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>`;

function connectorTo(answer: (request: SentRequest) => FakeAnswer | Error, max_attempts = 1) {
  const aws = fakeAws((request) => (actionOf(request) === 'AssumeRole' ? { body: SESSION } : answer(request)));
  return { ...aws, connector: connectorWith(aws.handler, max_attempts) };
}

const connectorWith = (
  request_handler: ReturnType<typeof fakeAws>['handler'],
  max_attempts = 1,
  more: Partial<AwsConnectorOptions> = {},
) =>
  awsConnector({
    region: 'eu-west-1',
    spoke_role_name: 'SecurityV0ReadOnly',
    organization_role_arn: 'arn:aws:iam::999999999999:role/Organization',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    request_handler,
    max_attempts,
    env: {},
    ...more,
  });

const DETAILS = { collector: 'iam.authorization-details', region: 'global' };

describe('opening an account', () => {
  it('assumes the spoke role with the external id, over the regional endpoint, for an hour', async () => {
    const { connector, sent } = connectorTo(() => ({ body: '' }));
    await connector.open(aTarget({ session_name: 'run 1/2' }));
    const form = new URLSearchParams(String(sent[0]?.body));
    expect(sent[0]?.hostname).toBe('sts.eu-west-1.amazonaws.com');
    expect(Object.fromEntries(form)).toMatchObject({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/SecurityV0ReadOnly`,
      ExternalId: 'throughline-1',
      DurationSeconds: '3600',
      RoleSessionName: 'run-1-2',
    });
  });

  it('a refused spoke role is assume_role_denied, in the words of AWS', async () => {
    const { handler } = fakeAws(() => refusal('AccessDenied', 'User is not authorized to perform: sts:AssumeRole'));
    await expect(connectorWith(handler).open(aTarget())).rejects.toMatchObject({
      code: 'assume_role_denied',
      details: {
        account_id: ACCOUNT,
        role_name: 'SecurityV0ReadOnly',
        said: expect.stringContaining('not authorized to perform: sts:AssumeRole'),
      },
    });
  });

  it('a refused spoke role of the management account says that StackSets place none there', async () => {
    const { handler } = fakeAws(() => refusal('AccessDenied'));
    const connector = connectorWith(handler, 1, { management_account_id: ACCOUNT });
    const failure: unknown = await connector.open(aTarget()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'management_account_role_denied', details: { account_id: ACCOUNT } });
    expect(remedyFor('management_account_role_denied', { account_id: ACCOUNT })).toContain(
      `StackSets place no role in the management account ${ACCOUNT}`,
    );
    await expect(connector.open(aTarget({ account_id: '222222222222' }))).rejects.toMatchObject({
      code: 'assume_role_denied',
    });
  });

  it('the organization is listed with the organization role, and a refusal there has its own code', async () => {
    const { handler, sent } = fakeAws(() => refusal('AccessDenied'));
    const opened = connectorWith(handler).open(aTarget({ category: 'aws_organizations' }));
    await expect(opened).rejects.toMatchObject({ code: 'organization_access_denied' });
    expect(String(sent[0]?.body)).toContain(encodeURIComponent('arn:aws:iam::999999999999:role/Organization'));
  });

  it.each([
    ['ENOTFOUND', 'source_unreachable'],
    ['ECONNREFUSED', 'source_unreachable'],
    ['ECONNRESET', 'source_unreachable'],
    ['ETIMEDOUT', 'timeout'],
  ])('an STS endpoint that fails with %s is %s', async (socket, code) => {
    const { handler } = fakeAws(() => socketError(socket));
    await expect(connectorWith(handler).open(aTarget())).rejects.toMatchObject({ code });
  });

  it('a throttled STS is throttled', async () => {
    const { handler } = fakeAws(() => refusal('Throttling', 'Rate exceeded'));
    await expect(connectorWith(handler).open(aTarget())).rejects.toMatchObject({ code: 'throttled' });
  });
});

describe('the tasks of an account', () => {
  const CENTER = { account_id: ACCOUNT, region: 'eu-west-1' };
  const idsIn = async (account_id: string, more: Parameters<typeof connectorWith>[2]) => {
    const { handler } = fakeAws(() => refusal('AccessDenied'));
    const tasks = await connectorWith(handler, 1, more).tasksIn(account_id, 'aws_iam', ['eu-west-1']);
    return tasks.map(({ collector }) => collector);
  };

  it('are without those of Identity Center, but in the account that it is asked from', async () => {
    const here = await idsIn(ACCOUNT, { identity_center: CENTER });
    const elsewhere = await idsIn('222222222222', { identity_center: CENTER });
    expect(here).toEqual([...elsewhere, 'identity-center.permission-sets', 'identity-center.identities']);
    expect(elsewhere).toContain('iam.authorization-details');
    expect(await idsIn(ACCOUNT, {})).toEqual(elsewhere);
  });
});

describe('running a task', () => {
  it('an empty account is complete and empty', async () => {
    const { connector } = connectorTo(() => ({ body: EMPTY_DETAILS }));
    const source = await connector.open(aTarget());
    const { observations, row } = await observe(source.run(DETAILS));
    expect(observations).toEqual([]);
    expect(row).toEqual({ ...DETAILS, status: 'complete' });
  });

  it('calls are counted, retries included', async () => {
    let tries = 0;
    const { connector } = connectorTo(() => {
      tries += 1;
      return tries === 1 ? { status: 500, body: '' } : { body: EMPTY_DETAILS };
    }, 2);
    const source = await connector.open(aTarget());
    await observe(source.run(DETAILS));
    expect(source.calls()).toBe(1 + 1 + 1);
  });

  it.each<[string, FakeAnswer | Error, string, string]>([
    [
      'a refusal',
      refusal('AccessDenied', 'not authorized to perform: iam:GetAccountAuthorizationDetails'),
      'denied',
      'access_denied',
    ],
    ['throttling', refusal('Throttling'), 'failed', 'throttled'],
    ['a reset socket', socketError('ECONNRESET'), 'failed', 'source_unreachable'],
    ['a timeout', Object.assign(new Error('slow'), { name: 'TimeoutError' }), 'failed', 'timeout'],
    ['a body that is no XML', { body: '<oops' }, 'failed', 'source_unreachable'],
    [
      'an HTML page instead of an answer',
      { status: 502, body: '<html>Bad gateway</html>' },
      'failed',
      'source_unreachable',
    ],
    [
      'an answer without its lists',
      {
        body: '<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult/></GetAccountAuthorizationDetailsResponse>',
      },
      'failed',
      'source_unreachable',
    ],
    ['expired credentials', refusal('ExpiredToken'), 'failed', 'credentials_invalid'],
  ])('%s becomes a gap, not an empty account', async (_, answer, status, code) => {
    const { connector } = connectorTo(() => answer);
    const source = await connector.open(aTarget());
    const { observations, row } = await observe(source.run(DETAILS));
    expect(observations).toEqual([
      expect.objectContaining({ kind: 'gap', code, action: 'iam:GetAccountAuthorizationDetails' }),
    ]);
    expect(row).toMatchObject({ ...DETAILS, status, code });
  });

  it('a task of another category is a bug, not a gap', async () => {
    const { connector } = connectorTo(() => ({ body: '' }));
    const source = await connector.open(aTarget());
    expect(() => source.run({ collector: 's3.buckets', region: 'global' })).toThrow(
      'no collector s3.buckets in aws_iam',
    );
  });
});

describe('regions', () => {
  const TABLES = { collector: 'dynamodb.tables', region: 'ap-east-1' };
  const IDENTITY = {
    body: '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
  };
  const invalidToken = {
    status: 400,
    body: JSON.stringify({ __type: 'UnrecognizedClientException', message: 'invalid token' }),
  };
  const open = (connector: ReturnType<typeof connectorWith>) =>
    connector.open(aTarget({ category: 'aws_dynamodb_sns' }));

  it('a region that is off is skipped with a reason, and no gap', async () => {
    const { connector } = connectorTo((request) => (request.hostname.startsWith('sts.') ? IDENTITY : invalidToken));
    const { observations, row } = await observe((await open(connector)).run(TABLES));
    expect(observations).toEqual([]);
    expect(row).toEqual({ ...TABLES, status: 'skipped', reason: 'region ap-east-1 is not enabled in this account' });
  });

  it('a region that turned out to be off is asked once, whatever is to be looked at there; other regions are asked', async () => {
    const { connector, sent } = connectorTo((request) =>
      request.hostname.startsWith('sts.')
        ? IDENTITY
        : request.hostname.includes('.ap-east-1.')
          ? invalidToken
          : { body: '{"TableNames":[]}' },
    );
    const source = await open(connector);
    await observe(source.run(TABLES));
    const calls = sent.length;
    const { row } = await observe(source.run({ collector: 'sns.topics', region: 'ap-east-1' }));
    expect(row).toMatchObject({ status: 'skipped', reason: 'region ap-east-1 is not enabled in this account' });
    expect(sent.length).toBe(calls);
    expect((await observe(source.run({ ...TABLES, region: 'eu-west-1' }))).row.status).toBe('complete');
  });

  it('a service that the account has not signed up for says nothing about the others in the region', async () => {
    const { connector, sent } = connectorTo((request) =>
      request.hostname.startsWith('sts.')
        ? IDENTITY
        : { status: 400, body: JSON.stringify({ __type: 'SubscriptionRequiredException' }) },
    );
    const source = await open(connector);
    expect((await observe(source.run(TABLES))).row.status).toBe('skipped');
    await observe(source.run({ collector: 'sns.topics', region: 'ap-east-1' }));
    expect(sent.filter(({ hostname }) => hostname === 'sns.ap-east-1.amazonaws.com')).toHaveLength(1);
  });

  it('credentials that are refused everywhere are no region that is off', async () => {
    const { connector } = connectorTo((request) =>
      request.hostname.startsWith('sts.') ? refusal('InvalidClientTokenId') : invalidToken,
    );
    const { row } = await observe((await open(connector)).run(TABLES));
    expect(row).toMatchObject({ status: 'failed', code: 'credentials_invalid' });
  });

  it('a service without a host name in a region that answers is not there: skipped', async () => {
    const { connector } = connectorTo((request) =>
      request.hostname.startsWith('sts.') ? IDENTITY : socketError('ENOTFOUND'),
    );
    const { row } = await observe((await open(connector)).run(TABLES));
    expect(row).toEqual({ ...TABLES, status: 'skipped', reason: 'the service is not in region ap-east-1' });
  });

  it("a service may be missing in the hub's own region too", async () => {
    const { connector } = connectorTo((request) =>
      request.hostname.startsWith('sts.')
        ? request.body?.toString().includes('AssumeRole')
          ? { body: SESSION }
          : IDENTITY
        : socketError('ENOTFOUND'),
    );
    const task = { ...TABLES, region: 'eu-west-1' };
    const { row } = await observe((await open(connector)).run(task));
    expect(row).toEqual({ ...task, status: 'skipped', reason: 'the service is not in region eu-west-1' });
  });

  it('a call that the service does not know in a region is skipped, and no bug', async () => {
    const unknown = { status: 404, body: JSON.stringify({ __type: 'UnknownOperationException' }) };
    const { connector } = connectorTo((request) => (request.hostname.startsWith('sts.') ? IDENTITY : unknown));
    const { observations, row } = await observe((await open(connector)).run(TABLES));
    expect(observations).toEqual([]);
    const reason = 'the service does not offer dynamodb:ListTables in region ap-east-1';
    expect(row).toEqual({ ...TABLES, status: 'skipped', reason });
  });

  it('no name resolves: the network is down, nothing is skipped', async () => {
    const { connector } = connectorTo(() => socketError('ENOTFOUND'));
    const { row } = await observe((await open(connector)).run(TABLES));
    expect(row).toMatchObject({ status: 'failed', code: 'source_unreachable' });
  });

  it('a stand-in for AWS has one host, also for S3 Control, which puts the account before it', async () => {
    const env = { AWS_ENDPOINT_URL_S3_CONTROL: 'https://localhost:4566' };
    vi.stubEnv('AWS_ENDPOINT_URL_S3_CONTROL', env.AWS_ENDPOINT_URL_S3_CONTROL);
    const { handler, sent } = fakeAws((request) => ({ body: actionOf(request) === 'AssumeRole' ? SESSION : '' }));
    const source = await connectorWith(handler, 1, { env }).open(aTarget({ category: 'aws_s3' }));
    await observe(source.run({ collector: 's3.account-public-access', region: 'global' }));
    vi.unstubAllEnvs();
    expect(sent.at(-1)).toMatchObject({ hostname: 'localhost', path: '/v20180820/configuration/publicAccessBlock' });
    expect(sent.at(-1)?.headers).toMatchObject({ host: 'localhost:4566', 'x-amz-account-id': ACCOUNT });
  });

  it('tasks are the collectors in their order, each in its regions', async () => {
    const { connector } = connectorTo(() => ({ body: '' }));
    expect(await connector.tasks('aws_dynamodb_sns', ['eu-west-1', 'us-east-1'])).toEqual([
      { collector: 'dynamodb.tables', region: 'eu-west-1' },
      { collector: 'dynamodb.tables', region: 'us-east-1' },
      { collector: 'sns.topics', region: 'eu-west-1' },
      { collector: 'sns.topics', region: 'us-east-1' },
      { collector: 'sqs.queues', region: 'eu-west-1' },
      { collector: 'sqs.queues', region: 'us-east-1' },
    ]);
    expect(await connector.tasks('aws_s3', ['eu-west-1'])).toEqual([
      { collector: 's3.buckets', region: 'global' },
      { collector: 's3.account-public-access', region: 'global' },
    ]);
  });
});
