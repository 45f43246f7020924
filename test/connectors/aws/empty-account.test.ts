import { describe, expect, it } from 'vitest';
import { AWS_CATEGORIES, AWS_REGIONS_CATEGORY } from '../../../src/connectors/aws/categories.ts';
import { awsConnector, awsTasks } from '../../../src/connectors/aws/connector.ts';
import type { Observation } from '../../../src/observations/observation.ts';
import { observe } from '../observed.ts';
import { actionOf, type FakeAnswer, fakeAws, refusal, SESSION } from './fake-aws.ts';

const ACCOUNT = '111111111111';

const result = (action: string, ...lists: readonly string[]): string =>
  `<${action}Response><${action}Result>${lists.map((list) => `<${list}/>`).join('')}</${action}Result></${action}Response>`;

/** What AWS sends where there is nothing, on the wire. */
const EMPTY: Readonly<Record<string, string | FakeAnswer>> = {
  AssumeRole: SESSION,
  ListAccountAliases: result('ListAccountAliases', 'AccountAliases'),
  GetAccountAuthorizationDetails: result(
    'GetAccountAuthorizationDetails',
    'UserDetailList',
    'GroupDetailList',
    'RoleDetailList',
    'Policies',
  ),
  ListOpenIDConnectProviders: result('ListOpenIDConnectProviders', 'OpenIDConnectProviderList'),
  ListSAMLProviders: result('ListSAMLProviders', 'SAMLProviderList'),
  GetAccountPasswordPolicy: { ...refusal('NoSuchEntity'), status: 404 },
  ListUsers: result('ListUsers', 'Users'),
  // No account is without any: that would be malformed.
  '/listRegions': '{"Regions":[{"RegionName":"us-east-1"}]}',
  '/2015-03-31/functions/': '{"Functions":[]}',
  '/2015-03-31/functions': '{"Functions":[]}',
  '/2015-03-31/event-source-mappings': '{"EventSourceMappings":[]}',
  '/2015-03-31/event-source-mappings/': '{"EventSourceMappings":[]}',
  '/agents/': '{"agentSummaries":[]}',
  '/knowledgebases/': '{"knowledgeBaseSummaries":[]}',
  '/guardrails': '{"guardrails":[]}',
  '/custom-models': '{"modelSummaries":[]}',
  '/imported-models': '{"modelSummaries":[]}',
  '/inference-profiles': '{"inferenceProfileSummaries":[]}',
  '/logging/modelinvocations': '{}',
  '/runtimes/': '{"agentRuntimes":[]}',
  '/gateways/': '{"items":[]}',
  '/memories/': '{"memories":[]}',
  '/identities/ListWorkloadIdentities': '{"workloadIdentities":[]}',
  '/identities/ListOauth2CredentialProviders': '{"credentialProviders":[]}',
  '/identities/ListApiKeyCredentialProviders': '{"credentialProviders":[]}',
  '/': '<?xml version="1.0"?><ListAllMyBucketsResult><Owner><ID>x</ID></Owner><Buckets/></ListAllMyBucketsResult>',
  '/v20180820/configuration/publicAccessBlock': {
    status: 404,
    body: '<ErrorResponse><Error><Code>NoSuchPublicAccessBlockConfiguration</Code></Error></ErrorResponse>',
  },
  ListSecrets: '{"SecretList":[]}',
  DescribeParameters: '{"Parameters":[]}',
  ListKeys: '{"Keys":[],"Truncated":false}',
  ListClusters: '{"clusterArns":[]}',
  DescribeRepositories: '{"repositories":[]}',
  GetRegistryPolicy: {
    status: 400,
    body: '{"__type":"RegistryPolicyNotFoundException","message":"no policy"}',
  },
  GetRegistryScanningConfiguration: '{"scanningConfiguration":{"scanType":"BASIC","rules":[]}}',
  ListMetrics: '{"Metrics":[]}',
  ListStateMachines: '{"stateMachines":[]}',
  // Of buses there is always one, the default; the test is about lists without anything.
  ListEventBuses: '{"EventBuses":[]}',
  '/schedules': '{"Schedules":[]}',
  '/schedule-groups': '{"ScheduleGroups":[]}',
  '/v1/pipes': '{"Pipes":[]}',
  ListConnections: '{"Connections":[]}',
  ListApiDestinations: '{"ApiDestinations":[]}',
  ListTables: '{"TableNames":[]}',
  ListQueues: '{}',
  ListTopics: result('ListTopics', 'Topics'),
  DescribeTrails: '{"trailList":[]}',
  LookupEvents: '{"Events":[]}',
  '/analyzer': '{"analyzers":[]}',
  DescribeConfigurationRecorders: '{"ConfigurationRecorders":[]}',
  DescribeConfigRules: '{"ConfigRules":[]}',
  DescribeConformancePacks: '{"ConformancePackDetails":[]}',
  DescribeConfigurationAggregators: '{"ConfigurationAggregators":[]}',
};

/** What is said of the account itself: it is there, and so is the knowledge that nothing happened in it. */
const isOfTheAccount = (seen: Observation): boolean =>
  (seen.kind === 'node' && seen.entity_type === 'aws_account') ||
  (seen.kind === 'activity' && seen.entity.entity_type === 'aws_account') ||
  seen.kind === 'checkpoint';

/** The answer of an account that is not said to administer Identity Center would be no knowledge. */
const isAskedElsewhere = (collector: string): boolean => collector.startsWith('identity-center.');

const TASKS = (
  await Promise.all(
    [AWS_REGIONS_CATEGORY, ...AWS_CATEGORIES].map(async (category) =>
      (await awsTasks(category, ['eu-west-1'])).map((task) => ({ category, task, name: task.collector })),
    ),
  )
).flat();

describe('an account in which there is nothing', () => {
  const { handler, sent } = fakeAws((request) => {
    const answer = EMPTY[actionOf(request)] ?? '';
    return typeof answer === 'string' ? { body: answer } : answer;
  });
  const connector = awsConnector({
    region: 'eu-west-1',
    spoke_role_name: 'SecurityV0ReadOnly',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    request_handler: handler,
    max_attempts: 1,
    env: {},
  });

  it.each(TASKS)('is complete and empty for $name, and not malformed', async ({ category, task }) => {
    const source = await connector.open({
      category,
      account_id: ACCOUNT,
      regions: ['eu-west-1'],
      external_id: 'x',
      session_name: 'run',
    });
    const { observations, row } = await observe(source.run(task));
    expect(observations.filter((seen) => !isOfTheAccount(seen))).toEqual([]);
    expect(row).toMatchObject({ ...task, status: isAskedElsewhere(task.collector) ? 'skipped' : 'complete' });
    source.close();
  });

  it('is asked in its region, each service by its own host', () => {
    expect(new Set(sent.map(({ hostname }) => hostname))).toEqual(
      new Set([
        'sts.eu-west-1.amazonaws.com',
        'iam.amazonaws.com',
        'account.us-east-1.amazonaws.com',
        'lambda.eu-west-1.amazonaws.com',
        'bedrock-agent.eu-west-1.amazonaws.com',
        'bedrock.eu-west-1.amazonaws.com',
        'bedrock-agentcore-control.eu-west-1.amazonaws.com',
        'monitoring.eu-west-1.amazonaws.com',
        'states.eu-west-1.amazonaws.com',
        's3.eu-west-1.amazonaws.com',
        '111111111111.s3-control.eu-west-1.amazonaws.com',
        'ecs.eu-west-1.amazonaws.com',
        'api.ecr.eu-west-1.amazonaws.com',
        'events.eu-west-1.amazonaws.com',
        'scheduler.eu-west-1.amazonaws.com',
        'pipes.eu-west-1.amazonaws.com',
        'secretsmanager.eu-west-1.amazonaws.com',
        'ssm.eu-west-1.amazonaws.com',
        'kms.eu-west-1.amazonaws.com',
        'dynamodb.eu-west-1.amazonaws.com',
        'sns.eu-west-1.amazonaws.com',
        'sqs.eu-west-1.amazonaws.com',
        'cloudtrail.eu-west-1.amazonaws.com',
        'access-analyzer.eu-west-1.amazonaws.com',
        'config.eu-west-1.amazonaws.com',
      ]),
    );
  });
});
