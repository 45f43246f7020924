import { DescribeTaskDefinitionCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  DescribeEventBusCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  type Rule,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { buses } from '../../../../src/connectors/aws/eventbridge/buses.ts';
import { patternFacts } from '../../../../src/connectors/aws/eventbridge/event-pattern.ts';
import { toRule } from '../../../../src/connectors/aws/eventbridge/rules.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, awsError, HOME, look, REGION } from '../look.ts';

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

const BUS = arn('events', 'event-bus/default');
const RULE = arn('events', 'rule/uploads');
const FUNCTION = arn('lambda', 'function:tagger');
const POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"events:PutEvents"}]}';

const aRule = (overrides: Partial<Rule> = {}): Rule => ({
  Arn: RULE,
  Name: 'uploads',
  State: 'ENABLED',
  EventBusName: 'default',
  EventPattern: '{"source":["aws.s3"],"detail-type":["Object Created"],"detail":{"bucket":{"name":["hush"]}}}',
  ...overrides,
});

const events = mockClient(EventBridgeClient);
const ecs = mockClient(ECSClient);
beforeEach(() => {
  events.reset();
  ecs.reset();
  events.on(ListEventBusesCommand).resolves({ EventBuses: [{ Arn: BUS, Name: 'default' }] });
  events.on(DescribeEventBusCommand).resolves({ Arn: BUS, Name: 'default' });
  events.on(ListTagsForResourceCommand).resolves({ Tags: [] });
  events.on(ListRulesCommand).resolves({ Rules: [aRule()] });
  events.on(ListTargetsByRuleCommand).resolves({ Targets: [{ Id: '1', Arn: FUNCTION }] });
});

const convert = (rule: Partial<Rule>, targets: readonly Target[] = []) =>
  sorted(
    toRule(aRule(rule), BUS, HOME, {
      targets: { known: true, value: targets },
      tags: { known: true, value: [] },
      definitions: new Map(),
    }),
  );

const invoked = (target: Partial<Target>) =>
  convert({}, [{ Id: '1', Arn: FUNCTION, ...target }])
    .edges.filter(({ edge_type, from }) => edge_type === 'INVOKES' && from.entity_type === 'aws_event_rule')
    .map(({ to, properties }) => [to.entity_type, to.source_record_id, properties]);

describe('a bus with a rule', () => {
  it('is a chain from the bus to what the rule starts', async () => {
    const { edges, row } = await look(buses);
    expect(
      edges
        .filter(({ edge_type }) => edge_type === 'INVOKES')
        .map(({ from, to }) => [from.source_record_id, to.source_record_id]),
    ).toEqual([
      [BUS, RULE],
      [RULE, FUNCTION],
    ]);
    expect(row.status).toBe('complete');
  });

  it('has a policy, a key and a queue for what could not be delivered', async () => {
    events.on(ListEventBusesCommand).resolves({ EventBuses: [{ Arn: BUS, Name: 'default', Policy: POLICY }] });
    events
      .on(DescribeEventBusCommand)
      .resolves({ Arn: BUS, KmsKeyIdentifier: 'alias/events', DeadLetterConfig: { Arn: arn('sqs', 'dead') } });
    const { nodes, observations } = await look(buses);
    expect(nodes[0]?.properties).toEqual({
      arn: BUS,
      name: 'default',
      region: REGION,
      resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      encryption_key: 'alias/events',
      dead_letter_arn: arn('sqs', 'dead'),
      tags: [],
    });
    expect(observations.filter(({ kind }) => kind === 'policy_document')).toHaveLength(1);
  });

  it('that may not be described is there, with what the listing says', async () => {
    events.on(DescribeEventBusCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await look(buses);
    expect(nodes[0]?.properties).toEqual({
      arn: BUS,
      name: 'default',
      region: REGION,
      resource_policy_hash: null,
      tags: [],
    });
    expect(gaps).toEqual([expect.objectContaining({ action: 'events:DescribeEventBus', item: BUS })]);
    expect(row.status).toBe('denied');
  });

  it('whose policy is no JSON is unreadable, and its rules are not', async () => {
    events.on(ListEventBusesCommand).resolves({ EventBuses: [{ Arn: BUS, Name: 'default', Policy: 'oops' }] });
    const { nodes, gaps } = await look(buses);
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual(['aws_event_rule']);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: BUS })]);
  });

  it('of which the rules may not be listed is a gap that names the bus', async () => {
    events.on(ListRulesCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(buses);
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual(['aws_event_bus']);
    expect(gaps).toEqual([expect.objectContaining({ action: 'events:ListRules', item: BUS })]);
  });

  it('can be resumed inside its rules', async () => {
    events.on(ListRulesCommand).resolves({ Rules: [aRule()], NextToken: '2' });
    events.on(ListRulesCommand, { EventBusName: 'default', NextToken: '2' }).resolves({ Rules: [] });
    const { cursors } = await look(buses);
    events.resetHistory();
    const { nodes } = await look(buses, cursors[1]);
    expect(nodes).toEqual([]);
    expect(events.commandCalls(ListEventBusesCommand)).toHaveLength(0);
  });
});

describe('a rule', () => {
  it('says where its events come from, and nothing of their content', () => {
    const { nodes, observations } = convert({});
    expect(nodes[0]?.properties).toEqual({
      arn: RULE,
      name: 'uploads',
      region: REGION,
      bus_arn: BUS,
      state: 'ENABLED',
      schedule: null,
      event_sources: ['aws.s3'],
      event_detail_types: ['Object Created'],
      event_accounts: [],
      role_arn: null,
      managed_by: null,
      targets: [],
      tags: [],
    });
    expect(JSON.stringify(observations)).not.toContain('hush');
  });

  it('keeps nothing of what it gives its targets', () => {
    const { observations } = convert({}, [
      {
        Id: '1',
        Arn: FUNCTION,
        Input: '{"password":"hunter2"}',
        InputTransformer: { InputTemplate: 'hunter2' },
        HttpParameters: { HeaderParameters: { authorization: 'hunter2' } },
        RunCommandParameters: { RunCommandTargets: [{ Key: 'x', Values: ['hunter2'] }] },
      },
    ]);
    expect(JSON.stringify(observations)).not.toContain('hunter2');
  });

  it('with a schedule is started by no event of its bus', () => {
    const { nodes, edges } = convert({ EventPattern: undefined, ScheduleExpression: 'rate(1 hour)' });
    expect(nodes[0]?.properties).toMatchObject({ schedule: 'rate(1 hour)' });
    expect(nodes[0]?.properties).not.toHaveProperty('event_sources');
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
  });

  it('runs as its own role and as those of its targets', () => {
    const targets = [{ Id: 'q', Arn: arn('states', 'stateMachine:flow'), RoleArn: role('start-flow') }];
    const { edges } = convert({ RoleArn: role('send') }, targets);
    expect(
      edges
        .filter(({ edge_type }) => edge_type === 'RUNS_AS')
        .map(({ to, stated_by }) => [to.source_record_id, stated_by.source_field_path]),
    ).toEqual([
      [role('send'), `RoleArn[${role('send')}]`],
      [role('start-flow'), `Targets[q].RoleArn[${role('start-flow')}]`],
    ]);
  });

  it.each([
    [arn('lambda', 'function:tagger:live'), 'aws_lambda_function', FUNCTION, { qualifier: 'live' }],
    [arn('states', 'stateMachine:flow'), 'aws_state_machine', arn('states', 'stateMachine:flow'), {}],
    [arn('states', 'stateMachine:flow:2'), 'aws_state_machine', arn('states', 'stateMachine:flow'), { qualifier: '2' }],
    [arn('sqs', 'jobs'), 'aws_sqs_queue', arn('sqs', 'jobs'), {}],
    [arn('sns', 'news'), 'aws_sns_topic', arn('sns', 'news'), {}],
    [
      'arn:aws:events:eu-west-1:222222222222:event-bus/central',
      'aws_event_bus',
      'arn:aws:events:eu-west-1:222222222222:event-bus/central',
      {},
    ],
    [
      arn('events', 'api-destination/hook/0f'),
      'aws_event_api_destination',
      arn('events', 'api-destination/hook/0f'),
      {},
    ],
  ])('starts %s', (Arn, type, id, properties) => {
    expect(invoked({ Arn })).toEqual([[type, id, properties]]);
  });

  it('with a target of a kind that is no node has it as a property', () => {
    const logs = arn('logs', 'log-group:/aws/events/uploads');
    expect(invoked({ Arn: logs })).toEqual([]);
    const dead = arn('sqs', 'dead');
    const { nodes } = convert({}, [{ Id: '1', Arn: logs, DeadLetterConfig: { Arn: dead } }]);
    expect(nodes[0]?.properties.targets).toEqual([{ id: '1', arn: logs, role_arn: null, dead_letter_arn: dead }]);
  });

  it('that starts a task leads to the definition that its family stands for, and to the role of that', async () => {
    const named = arn('ecs', 'task-definition/nightly');
    const definition = `${named}:7`;
    const cluster = arn('ecs', 'cluster/media');
    events.on(ListTargetsByRuleCommand).resolves({
      Targets: [{ Id: '1', Arn: cluster, RoleArn: role('start'), EcsParameters: { TaskDefinitionArn: named } }],
    });
    ecs.on(DescribeTaskDefinitionCommand).resolves({
      taskDefinition: { taskDefinitionArn: definition, family: 'nightly', revision: 7, taskRoleArn: role('nightly') },
    });
    const { edges } = await look(buses);
    expect(edges).toContainEqual(
      expect.objectContaining({
        edge_type: 'INVOKES',
        from: expect.objectContaining({ source_record_id: RULE }),
        to: expect.objectContaining({ entity_type: 'aws_ecs_task_definition', source_record_id: definition }),
        properties: { cluster_arn: cluster, role_arn: role('start') },
      }),
    );
    expect(edges).toContainEqual(
      expect.objectContaining({
        edge_type: 'RUNS_AS',
        to: expect.objectContaining({ source_record_id: role('nightly') }),
      }),
    );
  });

  it('that starts a task by its revision and by its family has one definition, and asks for no name twice', async () => {
    const named = arn('ecs', 'task-definition/nightly');
    const cluster = arn('ecs', 'cluster/media');
    events.on(ListTargetsByRuleCommand).resolves({
      Targets: [`${named}:7`, named, `${named}:7`].map((TaskDefinitionArn, at) => ({
        Id: `${at}`,
        Arn: cluster,
        EcsParameters: { TaskDefinitionArn },
      })),
    });
    ecs.on(DescribeTaskDefinitionCommand).resolves({
      taskDefinition: { taskDefinitionArn: `${named}:7`, family: 'nightly', revision: 7 },
    });
    const { nodes } = await look(buses);
    expect(nodes.filter(({ entity_type }) => entity_type === 'aws_ecs_task_definition')).toHaveLength(1);
    expect(ecs.commandCalls(DescribeTaskDefinitionCommand)).toHaveLength(2);
  });

  it('has its targets in the order of their ids', () => {
    const { nodes } = convert({}, [
      { Id: 'b', Arn: FUNCTION },
      { Id: 'a', Arn: FUNCTION },
    ]);
    expect(nodes[0]?.properties.targets).toEqual([
      expect.objectContaining({ id: 'a' }),
      expect.objectContaining({ id: 'b' }),
    ]);
  });

  it.each(['lambda', 'states', 'events'])('starts nothing of %s that is of another kind', (service) => {
    expect(invoked({ Arn: arn(service, 'other:thing') })).toEqual([]);
  });

  it('of which the targets may not be listed is there, without them', async () => {
    events.on(ListTargetsByRuleCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(buses);
    expect(nodes[1]?.properties).not.toHaveProperty('targets');
    expect(gaps).toEqual([expect.objectContaining({ action: 'events:ListTargetsByRule', item: RULE })]);
  });

  it('that vanished while we looked is absent', async () => {
    events.on(ListTargetsByRuleCommand).rejects(awsError('ResourceNotFoundException'));
    const { nodes, row } = await look(buses);
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual(['aws_event_bus']);
    expect(row.status).toBe('complete');
  });

  it('gathers the pages of its targets', async () => {
    events.on(ListTargetsByRuleCommand).resolves({ Targets: [{ Id: '1', Arn: FUNCTION }], NextToken: '2' });
    events
      .on(ListTargetsByRuleCommand, { Rule: 'uploads', EventBusName: 'default', NextToken: '2' })
      .resolves({ Targets: [{ Id: '2', Arn: FUNCTION }] });
    const { nodes } = await look(buses);
    expect(nodes[1]?.properties.targets).toHaveLength(2);
  });

  it('with an odd target is unreadable, and its siblings are not', async () => {
    events.on(ListRulesCommand).resolves({ Rules: [aRule(), aRule({ Arn: `${RULE}2`, Name: 'uploads2' })] });
    events.on(ListTargetsByRuleCommand, { Rule: 'uploads' }).resolves({ Targets: [{ Id: '1', Arn: undefined }] });
    const { nodes, gaps } = await look(buses);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([BUS, `${RULE}2`]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: RULE })]);
  });
});

it.each([
  ['{"source":["b","a","a"]}', ['a', 'b']],
  ['{"source":[{"prefix":"aws."},{"anything-but":["x","w"]}]}', ['anything-but:w,x', 'prefix:aws.']],
  ['{"source":[{"anything-but":{"prefix":"aws."}},{"exists":true}]}', ['anything-but:prefix:aws.', 'exists:true']],
  ['{"detail":{"source":["x"]}}', []],
  ['{"$or":[{"source":["b"]},{"source":["a"]}]}', ['a', 'b']],
  ['{"$or":[{"source":["b"]},{"detail-type":["a"]}]}', []],
])('the pattern %s takes events from %j', (pattern, sources) => {
  expect(patternFacts(pattern).sources).toEqual(sources);
});

it.each(['oops', '[]', 'null'])('the pattern %s is unreadable', (pattern) => {
  expect(() => patternFacts(pattern)).toThrow('the event pattern is not');
});
