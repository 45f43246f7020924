import { DescribeTaskDefinitionCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  GetScheduleCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { scheduleGroups } from '../../../../src/connectors/aws/eventbridge/schedule-groups.ts';
import { schedules } from '../../../../src/connectors/aws/eventbridge/schedules.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const ARN = `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/nightly/report`;
const GROUP = `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/nightly`;
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:report`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/scheduler`;
const SUMMARY = {
  Arn: ARN,
  Name: 'report',
  GroupName: 'nightly',
  State: 'ENABLED',
  Target: { Arn: FUNCTION },
} as const;

const scheduler = mockClient(SchedulerClient);
const ecs = mockClient(ECSClient);
beforeEach(() => {
  scheduler.reset();
  ecs.reset();
  scheduler.on(ListSchedulesCommand).resolves({ Schedules: [SUMMARY] });
  scheduler.on(GetScheduleCommand).resolves({
    ScheduleExpression: 'cron(0 3 * * ? *)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    Target: { Arn: FUNCTION, RoleArn: ROLE, Input: '{"password":"hunter2"}' },
  });
  scheduler.on(ListScheduleGroupsCommand).resolves({ ScheduleGroups: [{ Arn: GROUP, Name: 'nightly' }] });
  scheduler.on(ListTagsForResourceCommand).resolves({ Tags: [{ Key: 'team', Value: 'media' }] });
});

describe('a schedule', () => {
  it('starts its target as its role, and keeps nothing of what it gives it', async () => {
    const { observations, nodes, edges, row } = await look(schedules);
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'report',
      region: REGION,
      group_arn: GROUP,
      state: 'ENABLED',
      target_arn: FUNCTION,
      role_arn: ROLE,
      schedule: 'cron(0 3 * * ? *)',
      timezone: 'Europe/Berlin',
      dead_letter_arn: null,
      encryption_key: null,
      event_source: null,
      event_detail_type: null,
    });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['BELONGS_TO', `arn:aws:iam::${ACCOUNT}:root`],
      ['INVOKES', FUNCTION],
      ['RUNS_AS', ROLE],
    ]);
    expect(JSON.stringify(observations)).not.toContain('hunter2');
    expect(row.status).toBe('complete');
  });

  it('that may not be read is there with its target and without its role', async () => {
    scheduler.on(GetScheduleCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, edges, gaps } = await look(schedules);
    expect(nodes[0]?.properties).not.toHaveProperty('role_arn');
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO', 'INVOKES']);
    expect(gaps).toEqual([expect.objectContaining({ action: 'scheduler:GetSchedule', item: ARN })]);
  });

  it('that calls any API has its target as a property: what it is called on is in the input', async () => {
    const action = 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage';
    scheduler.on(GetScheduleCommand).resolves({ Target: { Arn: action, RoleArn: ROLE } });
    const { nodes, edges } = await look(schedules);
    expect(nodes[0]?.properties.target_arn).toBe(action);
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO', 'RUNS_AS']);
  });

  it('that starts a task looks at the definition, once for many', async () => {
    const definition = `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/report:1`;
    const cluster = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/media`;
    scheduler
      .on(ListSchedulesCommand)
      .resolves({ Schedules: [SUMMARY, { ...SUMMARY, Arn: `${ARN}2`, Name: 'report2' }] });
    scheduler.on(GetScheduleCommand).resolves({
      Target: { Arn: cluster, RoleArn: ROLE, EcsParameters: { TaskDefinitionArn: definition } },
    });
    ecs.on(DescribeTaskDefinitionCommand).resolves({
      taskDefinition: { taskDefinitionArn: definition, family: 'report', revision: 1 },
    });
    const { nodes, edges } = await look(schedules);
    expect(nodes.filter(({ entity_type }) => entity_type === 'aws_ecs_task_definition')).toHaveLength(1);
    expect(edges.filter(({ edge_type }) => edge_type === 'INVOKES').map(({ to }) => to.source_record_id)).toEqual([
      definition,
      definition,
    ]);
  });

  it('that vanished while we looked is absent', async () => {
    scheduler.on(GetScheduleCommand).rejects(awsError('ResourceNotFoundException'));
    expect((await look(schedules)).observations).toEqual([]);
  });

  it('without a target is unreadable, and its siblings are not', async () => {
    scheduler.on(ListSchedulesCommand).resolves({ Schedules: [{ ...SUMMARY, Arn: `${ARN}2`, Name: 'odd' }, SUMMARY] });
    scheduler.on(GetScheduleCommand, { Name: 'odd' }).resolves({ Target: { Arn: '', RoleArn: ROLE } });
    const { nodes, gaps } = await look(schedules);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([ARN]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: `${ARN}2` })]);
  });

  it('come page by page, of a size that is not asked for', async () => {
    scheduler.on(ListSchedulesCommand).resolves({ Schedules: [], NextToken: '2' });
    scheduler.on(ListSchedulesCommand, { NextToken: '2' }).resolves({ Schedules: [SUMMARY] });
    const { cursors, nodes } = await look(schedules);
    expect(cursors).toEqual(['2']);
    expect(nodes).toHaveLength(1);
    for (const { args } of scheduler.commandCalls(ListSchedulesCommand)) {
      expect(args[0].input).not.toHaveProperty('MaxResults');
    }
  });
});

describe('a schedule group', () => {
  it('has the tags of its schedules', async () => {
    const { nodes, row } = await look(scheduleGroups);
    expect(nodes[0]?.properties).toEqual({
      arn: GROUP,
      name: 'nightly',
      region: REGION,
      tags: [{ key: 'team', value: 'media' }],
    });
    expect(row.status).toBe('complete');
  });

  it('of which the tags are refused leaves them out', async () => {
    scheduler.on(ListTagsForResourceCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(scheduleGroups);
    expect(nodes[0]?.properties).not.toHaveProperty('tags');
    expect(gaps).toEqual([expect.objectContaining({ action: 'scheduler:ListTagsForResource', item: GROUP })]);
  });
});
