import { expect, test } from 'vitest';
import { isActive } from '../../src/graph/active.ts';
import type { EdgeType, EntityType } from '../../src/observations/entity-types.ts';
import { anEdge, anEntity, functionArn, type Overrides, roleArn, WORKLOADS } from './estate.ts';

const at = (service: string, name: string): string => `arn:aws:${service}:eu-west-1:${WORKLOADS}:${name}`;

test.each<[boolean, string, EdgeType, EntityType, Overrides, Overrides]>([
  [true, 'the role of the code in a task', 'RUNS_AS', 'aws_ecs_task_definition', {}, { used_by: 'task' }],
  [false, 'the role of the agent that starts it', 'RUNS_AS', 'aws_ecs_task_definition', {}, { used_by: 'execution' }],
  [true, 'the role of a function', 'RUNS_AS', 'aws_lambda_function', {}, {}],
  [true, 'a function whose own state is anything', 'RUNS_AS', 'aws_lambda_function', { state: 'DISABLED' }, {}],
  [true, 'what a rule starts', 'INVOKES', 'aws_event_rule', { state: 'ENABLED' }, {}],
  [false, 'what a rule would start that is switched off', 'INVOKES', 'aws_event_rule', { state: 'DISABLED' }, {}],
  [false, 'the role of a rule that is switched off', 'RUNS_AS', 'aws_event_rule', { state: 'DISABLED' }, {}],
  [false, 'what a schedule would start that is switched off', 'INVOKES', 'aws_schedule', { state: 'DISABLED' }, {}],
  [false, 'what a pipe would start that is stopped', 'INVOKES', 'aws_pipe', { state: 'STOPPED' }, {}],
  [true, 'what a rule starts whose state nobody knows', 'INVOKES', 'aws_event_rule', {}, {}],
  [false, 'a rule that its bus would start', 'INVOKES', 'aws_event_bus', {}, { state: 'DISABLED' }],
  [false, 'a function that its queue would start', 'INVOKES', 'aws_sqs_queue', {}, { state: 'Disabled' }],
  [true, 'a function that its queue starts', 'INVOKES', 'aws_sqs_queue', {}, { state: 'Enabled' }],
])('%s: %s', (expected, _, edge_type, type, properties, ofEdge) => {
  const arn = at('events', 'thing/one');
  const to = edge_type === 'RUNS_AS' ? roleArn(WORKLOADS, 'one') : functionArn(WORKLOADS, 'one');
  const edge = anEdge(edge_type, arn, to, { properties: ofEdge });
  expect(isActive(edge, anEntity(type, arn, properties))).toBe(expected);
});
