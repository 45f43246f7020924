import { accountArn } from '../../src/kernel/arn.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import type { EntityType } from '../../src/observations/entity-types.ts';
import type { EntityRef } from '../../src/observations/observation.ts';
import { document } from './documents.ts';
import { seededRandom } from './random.ts';
import { type Batch, refOfArn, Scribe, tagged } from './stitch-documents.ts';
import {
  type AccountPlan,
  accountAt,
  ENTRA_TENANT,
  guid,
  REGION,
  roleName,
  writeIdentities,
} from './stitch-identities.ts';

/** Everything in one account: about 1,000 entities and 3,000 edges, always the same for the same index and number of accounts. */
export function accountBatch(index: number, accounts: number, unit: EntityRef): Batch {
  const account = accountAt(index);
  const scribe = new Scribe({
    connector_id: 'aws-1',
    cell: `aws_organizations:${accountAt(0)}`,
    api: 'organizations:ListAccountsForParent',
  });
  const home = scribe.entity(refOfArn('aws_account', accountArn(account)), {
    properties: { account_id: account, name: `account-${index}`, status: 'ACTIVE', s3_public_access_block: null },
    display_name: `account-${index}`,
  });
  scribe.edge('BELONGS_TO', home, unit, { field: 'Parents' });
  const plan: AccountPlan = { scribe, random: seededRandom(index * 7_919 + 1), index, accounts, account, home };
  const roles = writeIdentities(plan);
  const resources = writeResources(plan);
  writeWorkloads(plan, roles, resources);
  return scribe.batch();
}

interface Kind {
  readonly type: EntityType;
  readonly count: number;
  readonly arn: (i: number) => string;
  readonly api: string;
  readonly properties: (i: number, arn: string) => Readonly<Record<string, Json>>;
}

interface Resources {
  readonly queues: readonly EntityRef[];
  readonly topics: readonly EntityRef[];
  readonly tables: readonly EntityRef[];
  readonly logs: readonly EntityRef[];
}

/** One in ten is classified. */
const tagsAt = (i: number): Json =>
  tagged({ team: `team-${i % 7}`, ...(i % 10 === 0 ? { 'data-classification': 'pii' } : {}) });

function writeAll(
  { scribe, account, home }: AccountPlan,
  { type, count, arn, api, properties }: Kind,
): readonly EntityRef[] {
  scribe.cell = { connector_id: 'aws-1', cell: `${type}:${account}`, api };
  return Array.from({ length: count }, (_, i) => {
    const id = arn(i);
    const described = { arn: id, region: REGION, created_at: '2024-05-01T10:00:00.000Z', ...properties(i, id) };
    const ref = scribe.entity(refOfArn(type, id), { properties: described });
    scribe.edge('BELONGS_TO', ref, home, { field: 'Arn' });
    return ref;
  });
}

function writeResources(plan: AccountPlan): Resources {
  const { scribe, account } = plan;
  const regional = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${account}:${resource}`;
  const key = (i: number): string => regional('kms', `key/${guid('c0ffee', i)}`);
  const rootOnly = document({
    Effect: 'Allow',
    Principal: { AWS: accountArn(account) },
    Action: 'kms:*',
    Resource: '*',
  });
  const tlsOnly = (bucket: string) =>
    document({
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [bucket, `${bucket}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
  const reader = (bucket: string, role: string) =>
    document({ Effect: 'Allow', Principal: { AWS: role }, Action: 's3:GetObject', Resource: `${bucket}/*` });
  writeAll(plan, {
    type: 'aws_kms_key',
    count: 25,
    arn: key,
    api: 'kms:DescribeKey',
    properties: (i) => ({
      key_id: guid('c0ffee', i),
      manager: 'CUSTOMER',
      state: 'Enabled',
      aliases: [`alias/data-${i}`],
      grants: [],
      resource_policy_hash: scribe.policy(rootOnly as Json),
      tags: tagged({ team: `team-${i % 7}` }),
    }),
  });
  const buckets = writeAll(plan, {
    type: 'aws_s3_bucket',
    count: 80,
    arn: (i) => `arn:aws:s3:::${roleName(i)}-${account}`,
    api: 's3:ListBuckets',
    properties: (i, arn) => ({
      public_access_block: { restrict_public_buckets: true, block_public_policy: true, ignore_public_acls: true },
      encryption: i % 5 === 0 ? { algorithm: 'aws:kms', kms_key: key(i % 25) } : { algorithm: 'AES256', kms_key: null },
      versioning: 'Enabled',
      resource_policy_hash: scribe.policy(
        (i % 20 === 10
          ? reader(arn, `arn:aws:iam::${accountAt(plan.random.below(plan.accounts))}:role/service-3`)
          : tlsOnly(arn)) as Json,
      ),
      tags: tagsAt(i),
    }),
  });
  const tables = writeAll(plan, {
    type: 'aws_dynamodb_table',
    count: 60,
    arn: (i) => regional('dynamodb', `table/${roleName(i)}`),
    api: 'dynamodb:DescribeTable',
    properties: (i) => ({
      status: 'ACTIVE',
      encryption_key: null,
      resource_policy_hash: null,
      item_count_known: false,
      tags: tagsAt(i),
    }),
  });
  writeAll(plan, {
    type: 'aws_secretsmanager_secret',
    count: 50,
    arn: (i) => regional('secretsmanager', `secret:${roleName(i)}/database-Ab12Cd`),
    api: 'secretsmanager:ListSecrets',
    properties: (i) => ({
      name: `${roleName(i)}/database`,
      encryption_key: i % 4 === 0 ? key(i % 25) : null,
      rotation_enabled: i % 3 === 0,
      resource_policy_hash: null,
      tags: tagged({
        service: roleName(i),
        ...(i === 0 ? { 'entra-app-id': guid('a99', plan.index * 10), 'entra-tenant-id': ENTRA_TENANT } : {}),
      }),
    }),
  });
  writeAll(plan, {
    type: 'aws_ssm_parameter',
    count: 60,
    arn: (i) => regional('ssm', `parameter/${roleName(i)}/config`),
    api: 'ssm:DescribeParameters',
    properties: (i) => ({
      type: i % 3 === 0 ? 'SecureString' : 'String',
      encryption_key: i % 3 === 0 ? 'alias/aws/ssm' : null,
      resource_policy_hash: null,
      tags: tagged({}),
    }),
  });
  const topics = writeAll(plan, {
    type: 'aws_sns_topic',
    count: 40,
    arn: (i) => regional('sns', `topic-${i}`),
    api: 'sns:ListTopics',
    properties: (i) => ({ encryption_key: null, resource_policy_hash: null, tags: tagsAt(i + 5) }),
  });
  const queues = writeAll(plan, {
    type: 'aws_sqs_queue',
    count: 70,
    arn: (i) => regional('sqs', `${roleName(i)}-work`),
    api: 'sqs:GetQueueAttributes',
    properties: (i) => ({
      encryption_key: null,
      resource_policy_hash: null,
      visibility_seconds: 30,
      tags: tagsAt(i + 5),
    }),
  });
  const logs = writeAll(plan, {
    type: 'aws_log_group',
    count: 150,
    arn: (i) => regional('logs', `log-group:/aws/lambda/function-${i}`),
    api: 'logs:DescribeLogGroups',
    properties: () => ({ retention_days: 30, encryption_key: null, tags: [] }),
  });
  writeAll(plan, {
    type: 'aws_ecr_repository',
    count: 25,
    arn: (i) => regional('ecr', `repository/image-${i}`),
    api: 'ecr:DescribeRepositories',
    properties: () => ({ immutable_tags: true, encryption_key: null, resource_policy_hash: null, tags: [] }),
  });
  for (const bucket of buckets)
    scribe.edge('STORED_IN', bucket, buckets[0] ?? bucket, { field: 'LoggingEnabled.TargetBucket' });
  topics.forEach((topic, i) => {
    for (const queue of [queues[i], queues[i + 20]])
      if (queue) scribe.edge('INVOKES', topic, queue, { field: 'Subscriptions' });
  });
  return { queues, topics, tables, logs };
}

/** Functions and what sets them in motion. What runs by itself mostly calls one thing. */
function writeWorkloads(
  plan: AccountPlan,
  roles: readonly EntityRef[],
  { queues, topics, tables, logs }: Resources,
): void {
  const { scribe, account, random, index } = plan;
  const any = (some: readonly EntityRef[]): EntityRef => some[random.below(some.length)] ?? plan.home;
  const regional = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${account}:${resource}`;
  const functions = writeAll(plan, {
    type: 'aws_lambda_function',
    count: 150,
    arn: (i) => regional('lambda', `function:function-${i}`),
    api: 'lambda:ListFunctions',
    properties: (i, arn) => ({
      name: arn.slice(arn.lastIndexOf(':') + 1),
      runtime: 'nodejs22.x',
      handler: 'index.handler',
      memory_mb: 512,
      timeout_seconds: 30,
      architectures: ['arm64'],
      package_type: 'Zip',
      state: 'Active',
      role_arn: roles[i % roles.length]?.source_record_id ?? null,
      environment_names: ['LOG_LEVEL', 'TABLE_NAME', 'QUEUE_URL', 'STAGE'],
      environment_identifiers:
        i < 2 ? tagged({ AZURE_CLIENT_ID: guid('a99', index * 10 + i), AZURE_TENANT_ID: ENTRA_TENANT }) : [],
      resource_policy_hash: null,
      encryption_key: null,
      layers: [],
      tags: tagged({ team: `team-${i % 7}`, service: `function-${i}`, ...(i < 2 ? { 'mcp-server': 'true' } : {}) }),
    }),
  });
  const runsAs = (workload: EntityRef, i: number, field: string): void => {
    const role = roles[i % roles.length];
    if (role) scribe.edge('RUNS_AS', workload, role, { field });
  };
  functions.forEach((one, i) => {
    runsAs(one, i, 'Role');
    const log = logs[i];
    if (log) scribe.edge('STORED_IN', one, log, { field: 'LoggingConfig.LogGroup' });
    // What a function's environment names: a queue, a topic, a table that it may or may not be allowed to use.
    for (const target of [any(queues), any(topics), any(tables)]) {
      scribe.edge('OWNED_BY', target, one, { field: 'Environment', properties: { variable: 'NAME' } });
    }
    if (random.onceIn(4)) scribe.edge('INVOKES', one, any(functions), { field: 'Environment.FUNCTION_NAME' });
    scribe.edge('INVOKES', any(queues), one, { field: `EventSourceMappings[${i}]`, properties: { state: 'Enabled' } });
  });
  const trigger = (
    type: EntityType,
    count: number,
    service: string,
    name: string,
    calls: number,
  ): readonly EntityRef[] => {
    const made = writeAll(plan, {
      type,
      count,
      arn: (i) => regional(service, `${name}-${i}`),
      api: `${service}:List`,
      properties: (i) => ({
        name: `${name}-${i}`,
        state: 'ENABLED',
        description: `Starts what ${name}-${i} is for`,
        tags: [],
      }),
    });
    made.forEach((one, i) => {
      for (let call = 0; call < calls; call += 1)
        scribe.edge('INVOKES', one, any(functions), { field: `Targets[${call}]` });
      if (type !== 'aws_event_rule') runsAs(one, i, 'RoleArn');
    });
    return made;
  };
  topics.forEach((topic) => {
    for (const target of [any(functions), any(functions)])
      scribe.edge('INVOKES', topic, target, { field: 'Subscriptions' });
  });
  writeAll(plan, {
    type: 'aws_iam_instance_profile',
    count: 20,
    arn: (i) => `arn:aws:iam::${account}:instance-profile/profile-${i}`,
    api: 'iam:GetAccountAuthorizationDetails',
    properties: (i) => ({ name: `profile-${i}`, path: '/' }),
  }).forEach((profile, i) => {
    const role = roles[i + 40];
    if (role) scribe.edge('AUTHENTICATES_AS', profile, role, { field: 'Roles' });
  });
  trigger('aws_state_machine', 20, 'states', 'stateMachine:machine', 4);
  trigger('aws_event_rule', 40, 'events', 'rule/rule', 2);
  trigger('aws_schedule', 10, 'scheduler', 'schedule/default/schedule', 1);
  trigger('aws_ecs_task_definition', 12, 'ecs', 'task-definition/task', 0);
  trigger('aws_bedrock_agent', 5, 'bedrock', 'agent/agent', 2);
}
