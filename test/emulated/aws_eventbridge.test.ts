import { ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  CreateEventBusCommand,
  EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreatePipeCommand, PipesClient } from '@aws-sdk/client-pipes';
import { CreateScheduleCommand, CreateScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
let collected: Collected;

beforeAll(async () => {
  spoke = await startSpoke();
  await seedRole(spoke);
  await seedRules(spoke);
  await seedSchedules(spoke);
  await seedPipe(spoke);
  await seedDestination(spoke);
  collected = await spoke.collect('aws_eventbridge');
});
afterAll(() => spoke?.stop());

const arn = (service: string, resource: string) => `arn:aws:${service}:${spoke.region}:${spoke.account}:${resource}`;
const role = (name: string) => `arn:aws:iam::${spoke.account}:role/${name}`;

/** The role of a task: a task definition with one that is not there is refused. */
async function seedRole({ root }: Spoke): Promise<void> {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  });
  await root(IAMClient).send(new CreateRoleCommand({ RoleName: 'nightly', AssumeRolePolicyDocument }));
}

/** A bus that another account may put events on, a rule on it, and a rule that starts a task. */
async function seedRules({ root, other_account }: Spoke): Promise<void> {
  const { taskDefinition } = await root(ECSClient).send(
    new RegisterTaskDefinitionCommand({
      family: 'nightly',
      taskRoleArn: role('nightly'),
      containerDefinitions: [{ name: 'main', image: 'nginx', memory: 128 }],
    }),
  );
  const events = root(EventBridgeClient);
  await events.send(new CreateEventBusCommand({ Name: 'media' }));
  await events.send(
    new PutPermissionCommand({
      EventBusName: 'media',
      Action: 'events:PutEvents',
      Principal: other_account,
      StatementId: 'other',
    }),
  );
  await events.send(
    new PutRuleCommand({
      Name: 'uploads',
      EventBusName: 'media',
      EventPattern: '{"source":["media.uploads"],"detail":{"word":["hush"]}}',
    }),
  );
  await events.send(
    new PutTargetsCommand({
      Rule: 'uploads',
      EventBusName: 'media',
      Targets: [
        { Id: 'f', Arn: arn('lambda', 'function:tagger'), Input: '{"password":"hunter2"}' },
        { Id: 's', Arn: arn('states', 'stateMachine:flow'), RoleArn: role('start-flow') },
      ],
    }),
  );
  await events.send(new PutRuleCommand({ Name: 'nightly', ScheduleExpression: 'rate(1 day)' }));
  await events.send(
    new PutTargetsCommand({
      Rule: 'nightly',
      Targets: [
        {
          Id: 't',
          Arn: arn('ecs', 'cluster/media'),
          RoleArn: role('start-task'),
          EcsParameters: { TaskDefinitionArn: taskDefinition?.taskDefinitionArn },
        },
      ],
    }),
  );
}

async function seedSchedules({ root }: Spoke): Promise<void> {
  const scheduler = root(SchedulerClient);
  await scheduler.send(new CreateScheduleGroupCommand({ Name: 'reports', Tags: [{ Key: 'team', Value: 'media' }] }));
  await scheduler.send(
    new CreateScheduleCommand({
      Name: 'report',
      GroupName: 'reports',
      ScheduleExpression: 'cron(0 3 * * ? *)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: arn('lambda', 'function:report'), RoleArn: role('scheduler'), Input: '{"password":"hunter2"}' },
    }),
  );
}

async function seedPipe({ root }: Spoke): Promise<void> {
  await root(PipesClient).send(
    new CreatePipeCommand({
      Name: 'orders',
      RoleArn: role('pipe'),
      Source: arn('sqs', 'orders'),
      Target: arn('lambda', 'function:ship'),
    }),
  );
}

async function seedDestination({ root }: Spoke): Promise<void> {
  const events = root(EventBridgeClient);
  const { ConnectionArn } = await events.send(
    new CreateConnectionCommand({
      Name: 'tickets',
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'hunter2' } },
    }),
  );
  await events.send(
    new CreateApiDestinationCommand({
      Name: 'tickets',
      ConnectionArn,
      InvocationEndpoint: 'https://media.service-now.com/api/now/table/incident',
      HttpMethod: 'POST',
    }),
  );
}

/** Where the edges of a type lead from the thing of a name. */
const from = (name: string, edge_type: string) =>
  collected.edges
    .filter((edge) => edge.edge_type === edge_type && edge.from.source_record_id.includes(name))
    .map(({ to }) => to.source_record_id);

test('everything is looked at, and without a gap', () => {
  expect(collected.gaps).toEqual([]);
  expect(collected.coverage).toEqual({
    'events.buses': 'complete',
    'scheduler.schedules': 'complete',
    'scheduler.groups': 'complete',
    'pipes.pipes': 'complete',
    'events.connections': 'complete',
    'events.api-destinations': 'complete',
  });
});

test('no input of a target, no value of a sign-in and no condition on the content of events is kept', () => {
  expect(JSON.stringify(collected.observations)).not.toMatch(/hunter2|hush/);
});

test('a bus leads to its rule, and the rule to what it starts', () => {
  expect(from('event-bus/media', 'INVOKES')).toEqual([arn('events', 'rule/media/uploads')]);
  expect(from('rule/media/uploads', 'INVOKES')).toEqual([
    arn('lambda', 'function:tagger'),
    arn('states', 'stateMachine:flow'),
  ]);
  expect(from('rule/media/uploads', 'RUNS_AS')).toEqual([role('start-flow')]);
  expect(collected.nodes).toContainEqual(
    expect.objectContaining({
      source_record_id: arn('events', 'event-bus/media'),
      properties: expect.objectContaining({ resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    }),
  );
});

test('a rule that starts a task leads to its definition, and that to its role', () => {
  expect(from('rule/nightly', 'INVOKES')).toEqual([arn('ecs', 'task-definition/nightly:1')]);
  expect(from('task-definition/nightly:1', 'RUNS_AS')).toEqual([role('nightly')]);
});

test('schedules and pipes lead to what they start, and to their roles', () => {
  expect(from('schedule/reports/report', 'INVOKES')).toEqual([arn('lambda', 'function:report')]);
  expect(from('schedule/reports/report', 'RUNS_AS')).toEqual([role('scheduler')]);
  expect(from(arn('sqs', 'orders'), 'INVOKES')).toEqual([arn('pipes', 'pipe/orders')]);
  expect(from('pipe/orders', 'INVOKES')).toEqual([arn('lambda', 'function:ship')]);
  expect(from('pipe/orders', 'RUNS_AS')).toEqual([role('pipe')]);
});

test('a group of schedules has their tags', () => {
  expect(collected.nodes).toContainEqual(
    expect.objectContaining({
      source_record_id: arn('scheduler', 'schedule-group/reports'),
      properties: expect.objectContaining({ tags: [{ key: 'team', value: 'media' }] }),
    }),
  );
});

test('an API destination has its endpoint, and signs in as its connection', () => {
  const destination = collected.nodes.find(({ entity_type }) => entity_type === 'aws_event_api_destination');
  expect(destination?.correlation_keys).toEqual([
    { kind: 'endpoint_url', value: 'https://media.service-now.com/api/now/table/incident' },
  ]);
  expect(from('api-destination/tickets', 'AUTHENTICATES_AS')).toEqual([
    collected.nodes.find(({ entity_type }) => entity_type === 'aws_event_connection')?.source_record_id,
  ]);
});

test('what the account denies the spoke role is a gap that names it, and the rest is there', async () => {
  const { gaps, coverage } = await spoke.without(['scheduler:GetSchedule'], () => spoke.collect('aws_eventbridge'));
  expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'scheduler:GetSchedule' })]);
  expect(coverage).toMatchObject({ 'scheduler.schedules': 'denied', 'events.buses': 'complete' });
});
