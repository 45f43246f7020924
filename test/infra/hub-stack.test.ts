import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { CHECK_TIME } from '../../src/connectors/check.ts';
import { SECOND } from '../../src/kernel/time.ts';
import { spokeRoleTemplate } from '../../stacksets/spoke-role.ts';
import { exampleConfig, FUNCTIONS } from './example.ts';
import { HubTemplate } from './hub-template.ts';

const hub = new HubTemplate();
const SPOKE_ROLE_ANYWHERE = 'arn:aws:iam::*:role/SecurityV0ReadOnly';
const CREDENTIALS_OF_SOURCES = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:throughline/*';
/** What is not there yet when the hub is deployed, and is known by the beginning of its name only. */
const BY_NAME_ONLY = [SPOKE_ROLE_ANYWHERE, CREDENTIALS_OF_SOURCES];
const ANY_RESOURCE = ['organizations:DescribeOrganization', 'organizations:DescribePolicy', 'organizations:List'];

/** All but one, which shares the collector's. */
const WITH_OWN_ROLE = FUNCTIONS.filter(({ duty }) => duty !== 'check-aws');

describe('who may do what', () => {
  test('only the role of the collector may assume roles, which is also that of the check of AWS', () => {
    const assuming = FUNCTIONS.filter(({ at }) => hub.actions(at).some((action) => action.startsWith('sts:')));
    expect(assuming.map(({ duty }) => duty)).toEqual(['collect-aws', 'check-aws']);
    expect(hub.roleOf('Collecting/CheckAws')).toBe(hub.roleOf('Collecting/CollectAws'));
  });

  test('the API may call the checks, the graph and the stitcher, and no other function; nobody else may call any', () => {
    const calling = FUNCTIONS.filter(({ at }) => hub.actions(at).some((action) => action.startsWith('lambda:')));
    expect(calling.map(({ duty }) => duty)).toEqual(['api']);
    const calls = hub.statements('ControlApi/Api').filter(({ Action }) => Action.includes('lambda:InvokeFunction'));
    expect(calls.flatMap(({ Resource }) => Resource)).toEqual(
      ['Checking/CheckSources', 'Collecting/CheckAws', 'Stitching/AskGraph', 'Stitching/Stitch'].map((at) => ({
        'Fn::GetAtt': [hub.one('AWS::Lambda::Function', at).id, 'Arn'],
      })),
    );
  });

  test('the check of sources reads the connection and the credentials of sources, and does nothing else', () => {
    const may = hub.statements('Checking/CheckSources');
    expect([...new Set(hub.actions('Checking/CheckSources'))].sort()).toEqual([
      'kms:Decrypt',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
    ]);
    const secrets = may.filter(({ Action }) => Action.includes('secretsmanager:GetSecretValue'));
    expect(secrets.flatMap(({ Resource }) => Resource)).toEqual([
      CREDENTIALS_OF_SOURCES,
      { 'Fn::GetAtt': [hub.one('AWS::SecretsManager::Secret', 'Database').id, 'Id'] },
    ]);
    const reading = FUNCTIONS.filter(({ at }) => JSON.stringify(hub.statements(at)).includes(CREDENTIALS_OF_SOURCES));
    expect(reading.map(({ duty }) => duty)).toEqual(['check-sources']);
  });

  test.each(['Collecting/CheckAws', 'Checking/CheckSources'])('%s ends before the API does', (at) => {
    const timeout = (path: string) => z.number().parse(hub.one('AWS::Lambda::Function', path).properties.Timeout);
    expect(timeout(at) * SECOND).toBeGreaterThan(CHECK_TIME);
    expect(timeout(at)).toBeLessThanOrEqual(20);
    expect(timeout(at)).toBeLessThan(timeout('ControlApi/Api'));
  });

  test('the graph is asked by a function that reads the database, writes its log, and does nothing else', () => {
    expect([...new Set(hub.actions('Stitching/AskGraph'))].sort()).toEqual([
      'kms:Decrypt',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
    ]);
    const timeout = (at: string) => z.number().parse(hub.one('AWS::Lambda::Function', at).properties.Timeout);
    expect(timeout('Stitching/AskGraph')).toBeLessThan(timeout('ControlApi/Api'));
    const larger = new HubTemplate({ questions: { memory_mb: 6_144, max_documents: 7 } });
    const { properties } = larger.one('AWS::Lambda::Function', 'Stitching/AskGraph');
    expect(properties).toMatchObject({ MemorySize: 6_144, Environment: { Variables: { MAX_DOCUMENTS: '7' } } });
  });

  test('a stitch that is wanted at once is tried once: the tick sends what came to nothing', () => {
    hub.template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: hub.one('AWS::Lambda::Function', 'Stitching/Stitch').id },
      MaximumRetryAttempts: 0,
    });
  });

  test('the collector may assume the spoke role in its organization and nothing else', () => {
    const assuming = hub.statements('Collecting/CollectAws').filter(({ Action }) => Action.includes('sts:AssumeRole'));
    expect(assuming).toEqual([
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRole'],
        Resource: [SPOKE_ROLE_ANYWHERE],
        Condition: { StringEquals: { 'aws:ResourceOrgID': 'o-a1b2c3d4e5' } },
      },
    ]);
  });

  test('without an organization the collector may assume the spoke role in the listed accounts only', () => {
    const named = new HubTemplate({ organization: undefined, accounts: ['333333333333', '444444444444'] });
    const resources = named
      .statements('Collecting/CollectAws')
      .filter(({ Action }) => Action.some((action) => /^(sts|organizations):/.test(action)))
      .flatMap(({ Resource }) => Resource);
    expect(resources).toEqual([
      'arn:aws:iam::333333333333:role/SecurityV0ReadOnly',
      'arn:aws:iam::444444444444:role/SecurityV0ReadOnly',
    ]);
  });

  test('an organization role takes the place of the right to list the organization', () => {
    const { organization } = exampleConfig();
    const organization_role_arn = 'arn:aws:iam::222222222222:role/SecurityV0Organization';
    const other = new HubTemplate({ organization: { ...organization, organization_role_arn } });
    expect(hub.actions('Collecting/CollectAws')).toContain('organizations:ListAccountsForParent');
    expect(other.actions('Collecting/CollectAws').filter((action) => action.startsWith('organizations:'))).toEqual([]);
    expect(other.statements('Collecting/CollectAws').flatMap(({ Resource }) => Resource)).toContain(
      organization_role_arn,
    );
  });

  test('the collector is told from where Identity Center is asked, or that it is not', () => {
    const place = (template: HubTemplate) =>
      JSON.stringify(template.one('AWS::Lambda::Function', 'Collecting/CollectAws').properties.Environment).match(
        /"IDENTITY_CENTER_[A-Z_]+":"[^"]*"/g,
      );
    const identity_center = { account_id: '333333333333', region: 'us-west-2' };
    expect(place(hub)).toBeNull();
    expect(place(new HubTemplate({ identity_center }))).toEqual([
      '"IDENTITY_CENTER_ACCOUNT_ID":"333333333333"',
      '"IDENTITY_CENTER_REGION":"us-west-2"',
    ]);
  });

  test.each(FUNCTIONS)('$duty has no right to any resource where one could be named', ({ at }) => {
    for (const { Action, Resource } of hub.statements(at)) {
      if (Action.every((action) => ANY_RESOURCE.some((known) => action.startsWith(known)))) continue;
      const wildcards = Resource.filter((resource) => JSON.stringify(resource).includes('*'));
      expect(wildcards.filter((resource) => !BY_NAME_ONLY.includes(String(resource)))).toEqual([]);
    }
  });

  test.each(WITH_OWN_ROLE)('$duty has a role of its own without managed policies', ({ at, duty }) => {
    const { properties } = hub.one('AWS::IAM::Role', `${at}/Role`);
    expect(FUNCTIONS.filter((other) => hub.roleOf(other.at) === hub.roleOf(at))).toHaveLength(
      duty === 'collect-aws' ? 2 : 1,
    );
    expect(properties.ManagedPolicyArns).toBeUndefined();
    expect(properties.Path).toBeUndefined();
    expect(properties.RoleName).toBe(`throughline-${duty}`);
  });

  test('no action is a wildcard', () => {
    for (const { at } of FUNCTIONS) expect(hub.actions(at).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('the API may send, call the checks, read the connection and write its log, and nothing else', () => {
    expect([...new Set(hub.actions('ControlApi/Api'))].sort()).toEqual([
      'kms:Decrypt',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
      'sqs:SendMessage',
    ]);
  });

  test('the stitcher may send to its dead letters only', () => {
    const sends = hub.statements('Stitching/Stitch').filter(({ Action }) => Action.includes('sqs:SendMessage'));
    const deadLetters = hub.one('AWS::SQS::Queue', 'Stitches/DeadLetters');
    expect(sends.flatMap(({ Resource }) => Resource)).toEqual([{ 'Fn::GetAtt': [deadLetters.id, 'Arn'] }]);
  });
});

describe('queues', () => {
  const stages = [
    { queue: 'Plans', worker: 'Planning/PlanRun', concurrency: 10 },
    { queue: 'Cells', worker: 'Collecting/CollectAws', concurrency: 100 },
    { queue: 'Stitches', worker: 'Stitching/Stitch', concurrency: 5 },
  ];

  test.each(stages)(
    '$queue gives $worker one message at a time, and its failures back',
    ({ queue, worker, concurrency }) => {
      const { id } = hub.one('AWS::SQS::Queue', `${queue}/Queue`);
      hub.template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        EventSourceArn: { 'Fn::GetAtt': [id, 'Arn'] },
        FunctionName: { Ref: hub.one('AWS::Lambda::Function', worker).id },
        BatchSize: 1,
        ScalingConfig: { MaximumConcurrency: concurrency },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      });
    },
  );

  test.each(stages)('a message of $queue is hidden for longer than the work on it may take', ({ queue, worker }) => {
    const { VisibilityTimeout } = hub.one('AWS::SQS::Queue', `${queue}/Queue`).properties;
    const { Timeout } = hub.one('AWS::Lambda::Function', worker).properties;
    expect(z.number().parse(VisibilityTimeout)).toBeGreaterThan(z.number().parse(Timeout));
  });

  test.each(stages)('$queue is first in first out, and gives up in the end', ({ queue }) => {
    const deadLetters = hub.one('AWS::SQS::Queue', `${queue}/DeadLetters`);
    expect(deadLetters.properties).toMatchObject({ FifoQueue: true, MessageRetentionPeriod: 14 * 86_400 });
    expect(hub.one('AWS::SQS::Queue', `${queue}/Queue`).properties).toMatchObject({
      FifoQueue: true,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters.id, 'Arn'] },
        maxReceiveCount: queue === 'Cells' ? 100 : 10,
      },
    });
  });

  test('even the longest name of a hub leaves names of queues within their 80 characters', () => {
    const name = 'a'.repeat(24);
    const queues = new HubTemplate({ name }).resources('AWS::SQS::Queue');
    // What CloudFormation makes of it: <stack>-<logical id>-<12 random characters>.fifo
    for (const { id } of queues) expect(`${name}-${id}-${'0'.repeat(12)}.fifo`.length).toBeLessThanOrEqual(80);
    expect(() => exampleConfig({ name: `${name}a` })).toThrow('name: must be 2 to 24');
  });

  test('only stitches wait, for as long as configured', () => {
    const delays = stages.map(({ queue }) => hub.one('AWS::SQS::Queue', `${queue}/Queue`).properties.DelaySeconds);
    expect(delays).toEqual([undefined, undefined, 60]);
    const quick = new HubTemplate({ stitch: { delay_seconds: 2, patience_seconds: 10 } });
    expect(quick.one('AWS::SQS::Queue', 'Stitches/Queue').properties.DelaySeconds).toBe(2);
  });

  test('every queue is encrypted and refuses plain http', () => {
    const queues = hub.resources('AWS::SQS::Queue');
    expect(queues).toHaveLength(7);
    for (const { id, properties } of queues) {
      expect(properties.SqsManagedSseEnabled).toBe(true);
      hub.template.hasResourceProperties('AWS::SQS::QueuePolicy', {
        Queues: [{ Ref: id }],
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      });
    }
  });
});

describe('the API', () => {
  test('every route but health and readiness wants a token', () => {
    const routes = hub.resources('AWS::ApiGatewayV2::Route').map(({ properties }) => properties);
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType !== 'JWT');
    expect(open.map(({ RouteKey }) => RouteKey).sort()).toEqual(['GET /health', 'GET /ready']);
    expect(routes.map(({ RouteKey }) => RouteKey)).toContain('ANY /api/v1/{proxy+}');
  });

  test('tokens are verified by the configured issuer and audience', () => {
    hub.template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Audience: ['throughline'], Issuer: 'https://login.example.com/' },
    });
  });

  test('access is logged and throttled, and no token gets into the log', () => {
    const { properties } = hub.one('AWS::ApiGatewayV2::Stage', 'ControlApi/Stage');
    const { AccessLogSettings } = z.object({ AccessLogSettings: z.object({ Format: z.string() }) }).parse(properties);
    expect(AccessLogSettings.Format).toContain('$context.requestId');
    expect(AccessLogSettings.Format).not.toMatch(/header|authorization"/i);
    expect(properties.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 });
  });
});

describe('what is kept', () => {
  test('every log ends after the configured time and is encrypted with the key of the hub', () => {
    const key = hub.one('AWS::KMS::Key', 'Encryption');
    const logs = hub.resources('AWS::Logs::LogGroup');
    expect(logs).toHaveLength(FUNCTIONS.length + 1);
    for (const { properties } of logs) {
      expect(properties).toMatchObject({ RetentionInDays: 90, KmsKeyId: { 'Fn::GetAtt': [key.id, 'Arn'] } });
    }
  });

  test('the key rotates, and outlives the hub as the secret does', () => {
    const key = hub.one('AWS::KMS::Key', 'Encryption');
    const secret = hub.one('AWS::SecretsManager::Secret', 'Database');
    expect(key.properties.EnableKeyRotation).toBe(true);
    expect(secret.properties.KmsKeyId).toEqual({ 'Fn::GetAtt': [key.id, 'Arn'] });
    expect([key.deletionPolicy, secret.deletionPolicy]).toEqual(['RetainExceptOnCreate', 'RetainExceptOnCreate']);
  });

  test('the secret is made without a value', () => {
    const { properties } = hub.one('AWS::SecretsManager::Secret', 'Database');
    expect(Object.keys(properties).sort()).toEqual(['Description', 'KmsKeyId']);
  });

  test('nothing runs or is paid for while nobody asks', () => {
    const serverless = /^AWS::(ApiGatewayV2|CloudFormation|CloudWatch|Events|IAM|KMS|Lambda|Logs|SecretsManager|SQS)::/;
    expect(hub.resources().filter(({ type }) => !serverless.test(type))).toEqual([]);
    for (const { properties } of hub.resources('AWS::Lambda::Function')) {
      expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
      expect(properties).not.toHaveProperty('VpcConfig');
    }
    expect(hub.resources('AWS::Lambda::Version')).toEqual([]);
  });
});

test('only the collector may send messages to itself without end, for the parts of a cell', () => {
  const endless = FUNCTIONS.filter(
    ({ at }) => hub.one('AWS::Lambda::Function', at).properties.RecursiveLoop !== 'Terminate',
  );
  expect(endless.map(({ duty }) => duty)).toEqual(['collect-aws']);
  expect(hub.one('AWS::Lambda::Function', 'Collecting/CollectAws').properties.RecursiveLoop).toBe('Allow');
});

describe('events', () => {
  test('the end of a run and a released removal ask for a stitch, and are kept where that fails', () => {
    const deadLetters = hub.one('AWS::SQS::Queue', 'Stitching/DeadLetters');
    const arn = { 'Fn::GetAtt': [deadLetters.id, 'Arn'] };
    hub.template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: hub.one('AWS::Events::EventBus', 'Events').id },
      EventPattern: { 'detail-type': ['ScanRunFinished', 'RemovalReleased', 'CellStopped'] },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: arn } })],
    });
    hub.template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      DestinationConfig: { OnFailure: { Destination: arn } },
    });
  });

  test('the tick comes every minute', () => {
    hub.template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
  });
});

describe('the spoke role', () => {
  const { properties } = hub.one('AWS::CloudFormation::StackSet', 'SpokeRole');
  const parameters = z
    .object({ Parameters: z.array(z.object({ ParameterKey: z.string(), ParameterValue: z.string() })) })
    .parse(properties)
    .Parameters.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]);

  test('trusts this collector, for this tenant, in this organization', () => {
    expect(Object.fromEntries(parameters)).toEqual({
      HubAccountId: '111111111111',
      CollectorRoleName: 'throughline-collect-aws',
      ExternalId: expect.stringMatching(/^throughline-[0-9a-f]{32}$/),
      OrganizationId: 'o-a1b2c3d4e5',
      RoleName: 'SecurityV0ReadOnly',
      BoundaryName: 'SecurityV0ReadOnlyBoundary',
    });
  });

  test('is placed by the generated template, which knows every parameter', () => {
    const body = z.string().max(51_200).parse(properties.TemplateBody);
    expect(JSON.parse(body)).toEqual(spokeRoleTemplate());
    const declared = z.object({ Parameters: z.record(z.string(), z.unknown()) }).parse(JSON.parse(body)).Parameters;
    expect(parameters.map(([name]) => name).sort()).toEqual(Object.keys(declared).sort());
  });

  test('comes to accounts that join, and goes from those that leave', () => {
    expect(properties).toMatchObject({
      PermissionModel: 'SERVICE_MANAGED',
      CallAs: 'DELEGATED_ADMIN',
      AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false },
      StackInstancesGroup: [{ DeploymentTargets: { OrganizationalUnitIds: ['r-a1b2'] }, Regions: ['eu-west-1'] }],
    });
  });

  test('is left alone where the configuration says so', () => {
    const { organization } = exampleConfig();
    const other = new HubTemplate({ organization: { ...organization, stackset: { deploy: false, call_as: 'SELF' } } });
    expect(other.resources('AWS::CloudFormation::StackSet')).toEqual([]);
  });
});

test('whoever deploys is told where everything is', () => {
  expect(Object.keys(hub.template.findOutputs('*')).sort()).toEqual([
    'ApiId',
    'ApiUrl',
    'CellDeadLetterQueueUrl',
    'CellQueueUrl',
    'CollectorRoleArn',
    'EventBusName',
    'ExternalId',
    'PlanDeadLetterQueueUrl',
    'PlanQueueUrl',
    'SecretArn',
    'StitchDeadLetterQueueUrl',
    'StitchQueueUrl',
  ]);
});
