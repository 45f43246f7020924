import { CreateRepositoryCommand, ECRClient, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
let collected: Collected;

beforeAll(async () => {
  spoke = await startSpoke();
  await seedRoles(spoke, ['start', 'encoder', 'nightly', 'unused']);
  await seed(spoke);
  collected = await spoke.collect('aws_ecs_ecr');
});
afterAll(() => spoke?.stop());

const policy = (account: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'ecr:BatchGetImage' }],
  });

const arn = (service: string, resource: string) => `arn:aws:${service}:${spoke.region}:${spoke.account}:${resource}`;
const role = (name: string) => `arn:aws:iam::${spoke.account}:role/${name}`;

/** Roles that tasks may take on: a task definition with one that is not there is refused. */
async function seedRoles({ root }: Spoke, names: readonly string[]): Promise<void> {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  });
  for (const RoleName of names) {
    await root(IAMClient).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  }
}

/** A cluster with a service, a task by itself, and a task definition that nobody uses. */
async function seed({ root, account, other_account, region }: Spoke): Promise<void> {
  const ecr = root(ECRClient);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'media/encoder' }));
  await ecr.send(
    new SetRepositoryPolicyCommand({ repositoryName: 'media/encoder', policyText: policy(other_account) }),
  );
  const ecs = root(ECSClient);
  await ecs.send(new CreateClusterCommand({ clusterName: 'media', tags: [{ key: 'team', value: 'media' }] }));
  for (const family of ['encoder', 'nightly', 'unused']) {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        taskRoleArn: `arn:aws:iam::${account}:role/${family}`,
        executionRoleArn: `arn:aws:iam::${account}:role/start`,
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: [
          {
            name: 'main',
            image: `${account}.dkr.ecr.${region}.amazonaws.com/media/encoder:v1`,
            environment: [{ name: 'PASSWORD', value: 'hunter2' }],
            secrets: [{ name: 'TOKEN', valueFrom: '/media/token' }],
          },
        ],
      }),
    );
  }
  await ecs.send(
    new CreateServiceCommand({
      cluster: 'media',
      serviceName: 'encoder',
      taskDefinition: 'encoder',
      desiredCount: 1,
      launchType: 'FARGATE',
    }),
  );
  await ecs.send(new RunTaskCommand({ cluster: 'media', taskDefinition: 'nightly', launchType: 'FARGATE' }));
}

test('everything but the registry is looked at, and without a gap', () => {
  // The emulator does not know the registry's own settings.
  expect(collected.gaps.filter(({ action }) => !action.startsWith('ecr:GetRegistry'))).toEqual([]);
  expect(collected.coverage).toMatchObject({ 'ecs.clusters': 'complete', 'ecr.repositories': 'complete' });
});

test('the task definitions are those that run, and no other', () => {
  expect(
    collected.nodes
      .filter(({ entity_type }) => entity_type.startsWith('aws_ecs_'))
      .map(({ entity_type, source_record_id }) => [entity_type, source_record_id]),
  ).toEqual([
    ['aws_ecs_cluster', arn('ecs', 'cluster/media')],
    ['aws_ecs_service', arn('ecs', 'service/media/encoder')],
    ['aws_ecs_task_definition', arn('ecs', 'task-definition/encoder:1')],
    ['aws_ecs_task_definition', arn('ecs', 'task-definition/nightly:1')],
  ]);
});

test('a service leads to the role of its containers, and to the repository of their image', () => {
  const definition = arn('ecs', 'task-definition/encoder:1');
  expect(
    collected.edges
      .filter(({ from, edge_type }) => edge_type !== 'BELONGS_TO' && /encoder/.test(from.source_record_id))
      .map(({ edge_type, from, to, properties }) => [
        edge_type,
        from.source_record_id,
        to.source_record_id,
        properties,
      ]),
  ).toEqual([
    ['INVOKES', arn('ecs', 'service/media/encoder'), definition, {}],
    ['RUNS_AS', definition, role('encoder'), { used_by: 'task' }],
    ['RUNS_AS', definition, role('start'), { used_by: 'execution' }],
    [
      'STORED_IN',
      definition,
      arn('ecr', 'repository/media/encoder'),
      { container: 'main', image_tag: 'v1', image_digest: null },
    ],
  ]);
});

test('of the environment the names are kept', () => {
  expect(JSON.stringify(collected.observations)).not.toContain('hunter2');
  const definition = collected.nodes.find(({ display_name }) => display_name === 'encoder:1');
  expect(definition?.properties.containers).toEqual([
    expect.objectContaining({
      environment_names: ['PASSWORD'],
      secrets: [{ name: 'TOKEN', arn: arn('ssm', 'parameter/media/token') }],
    }),
  ]);
});

test('a repository has its policy', () => {
  expect(collected.nodes).toContainEqual(
    expect.objectContaining({
      source_record_id: arn('ecr', 'repository/media/encoder'),
      properties: expect.objectContaining({ resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    }),
  );
});

test('what the account denies the spoke role is a gap that names it, and the rest is there', async () => {
  const { by, nodes, coverage } = await spoke.without(['ecs:DescribeTaskDefinition'], () =>
    spoke.collect('aws_ecs_ecr'),
  );
  expect(coverage).toMatchObject({ 'ecs.clusters': 'denied', 'ecr.repositories': 'complete' });
  expect(by['ecs.clusters']?.gaps.map(({ code, action, item }) => [code, action, item])).toEqual([
    ['access_denied', 'ecs:DescribeTaskDefinition', arn('ecs', 'task-definition/encoder:1')],
    ['access_denied', 'ecs:DescribeTaskDefinition', arn('ecs', 'task-definition/nightly:1')],
  ]);
  expect(nodes.map(({ entity_type }) => entity_type)).toContain('aws_ecs_service');
});
