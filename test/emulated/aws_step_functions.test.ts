import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY, later } from '../../src/kernel/time.ts';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
let collected: Collected;
let role: string;
const machines: Record<string, string> = {};

beforeAll(async () => {
  spoke = await startSpoke();
  await seed();
  collected = await spoke.collect('aws_step_functions');
});
afterAll(() => spoke?.stop());

const arn = (service: string, resource: string) => `arn:aws:${service}:${spoke.region}:${spoke.account}:${resource}`;

const task = (resource: string, Parameters: object, Next?: string) => ({
  Type: 'Task',
  Resource: `arn:aws:states:::${resource}`,
  Parameters,
  ...(Next ? { Next } : { End: true }),
});

async function create(name: string, definition: object): Promise<void> {
  const made = await spoke.root(SFNClient).send(
    new CreateStateMachineCommand({
      name,
      roleArn: role,
      definition: JSON.stringify(definition),
      tags: [{ key: 'team', value: 'media' }],
    }),
  );
  machines[name] = made.stateMachineArn ?? '';
}

async function seed(): Promise<void> {
  const trust = { Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const made = await spoke
    .root(IAMClient)
    .send(new CreateRoleCommand({ RoleName: 'publish', AssumeRolePolicyDocument }));
  role = made.Role?.Arn ?? '';
  await create('child', { StartAt: 'A', States: { A: { Type: 'Succeed' } } });
  const branch = (state: object) => ({ StartAt: 'X', States: { X: state } });
  await create('publish', {
    StartAt: 'A',
    States: {
      A: task('lambda:invoke', { FunctionName: 'tagger', Payload: { password: 'hunter2' } }, 'B'),
      B: {
        Type: 'Parallel',
        Branches: [
          branch(task('sns:publish', { TopicArn: arn('sns', 'done'), Message: 'hunter2' })),
          branch(task('states:startExecution.sync:2', { StateMachineArn: machines.child, Input: {} })),
        ],
        Next: 'C',
      },
      C: {
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          ...branch(task('dynamodb:getItem', { TableName: 'customers', Key: { id: { 'S.$': '$.id' } } })),
        },
        Next: 'D',
      },
      D: task('sqs:sendMessage', { 'QueueUrl.$': '$.queue', MessageBody: 'hunter2' }),
    },
  });
  const Dimensions = [{ Name: 'StateMachineArn', Value: machines.publish }];
  const Timestamp = later(new Date(), -2 * DAY);
  await spoke.root(CloudWatchClient).send(
    new PutMetricDataCommand({
      Namespace: 'AWS/States',
      MetricData: [{ MetricName: 'ExecutionsStarted', Dimensions, Value: 5, Timestamp }],
    }),
  );
}

test('every collector is complete', () => {
  expect(collected.coverage).toEqual({ 'states.state-machines': 'complete', 'states.execution-counts': 'complete' });
});

test('a machine is seen with what it calls, and nothing else of its definition', () => {
  const node = collected.nodes.find(({ display_name }) => display_name === 'publish');
  expect(node).toMatchObject({
    entity_type: 'aws_state_machine',
    source_record_id: machines.publish,
    properties: {
      role_arn: role,
      machine_type: 'STANDARD',
      encryption_key: null,
      tags: [{ key: 'team', value: 'media' }],
    },
  });
  const calls = node?.properties.calls;
  expect(calls).toEqual([
    expect.objectContaining({ service: 'dynamodb', action: 'getItem', target: arn('dynamodb', 'table/customers') }),
    expect.objectContaining({ service: 'lambda', action: 'invoke', target: arn('lambda', 'function:tagger') }),
    expect.objectContaining({ service: 'sns', action: 'publish', target: arn('sns', 'done') }),
    expect.objectContaining({ service: 'sqs', action: 'sendMessage', target: null, target_is_dynamic: true }),
    expect.objectContaining({ service: 'states', action: 'startExecution', target: machines.child }),
  ]);
  expect(JSON.stringify(collected.observations)).not.toContain('hunter2');
});

test('it runs as its role, belongs to its account and invokes what it starts', () => {
  const edges = collected.edges
    .filter(({ from }) => from.source_record_id === machines.publish)
    .map(({ edge_type, to }) => `${edge_type} ${to.entity_type} ${to.source_record_id}`);
  expect(edges.sort()).toEqual([
    `BELONGS_TO aws_account arn:aws:iam::${spoke.account}:root`,
    `INVOKES aws_lambda_function ${arn('lambda', 'function:tagger')}`,
    `INVOKES aws_sns_topic ${arn('sns', 'done')}`,
    `INVOKES aws_state_machine ${machines.child}`,
    `RUNS_AS aws_iam_role ${role}`,
  ]);
});

test('exec30 counts the executions of 30 days', () => {
  const counts = collected.observations.flatMap((seen) =>
    seen.kind === 'activity' ? [[seen.name, seen.entity.source_record_id, seen.value]] : [],
  );
  expect(counts).toContainEqual(['exec30', machines.publish, expect.objectContaining({ count: 5 })]);
  expect(counts).toContainEqual(['exec30', machines.child, expect.objectContaining({ count: 0 })]);
});

test('a machine costs two calls, and all counts together one', () => {
  // A session that is assumed, one listing for both collectors, a call for the counts.
  expect(collected.calls).toBe(1 + 1 + 1 + 2 * Object.keys(machines).length);
});

test.each(['states:DescribeStateMachine', 'states:ListTagsForResource'])(
  'without %s the machines are there, and the gaps name it',
  async (action) => {
    const { nodes, gaps, coverage } = await spoke.without([action], () => spoke.collect('aws_step_functions'));
    expect(nodes).toHaveLength(2);
    expect(new Set(gaps.map((gap) => `${gap.code} ${gap.action}`))).toEqual(new Set([`access_denied ${action}`]));
    expect(coverage).toEqual({ 'states.state-machines': 'denied', 'states.execution-counts': 'complete' });
  },
);
