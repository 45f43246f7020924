import { describe, expect, it } from 'vitest';
import { type Called, calledBy } from '../../../../src/connectors/aws/step-functions/called.ts';
import { callingStates } from '../../../../src/connectors/aws/step-functions/definition.ts';
import type { Json } from '../../../../src/kernel/canonical.ts';
import { ACCOUNT, HOME, REGION } from '../look.ts';

const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tagger`;
const OPTIMIZED = 'arn:aws:states:::';

const callsOf = (definition: Json): readonly Called[] =>
  [...callingStates(JSON.stringify(definition))].flatMap((state) => calledBy(state, HOME));

const task = (Resource: string, rest: { readonly [key: string]: Json } = {}) => ({ Type: 'Task', Resource, ...rest });

const one = (Resource: string, rest: { readonly [key: string]: Json } = {}): readonly Called[] =>
  callsOf({ StartAt: 'A', States: { A: { ...task(Resource, rest), End: true } } });

describe('a task', () => {
  it.each<[string, string, { readonly [key: string]: Json }, Partial<Called>]>([
    ['of a function by its ARN', FUNCTION, {}, { target: FUNCTION, starts: 'aws_lambda_function' }],
    ['of an alias by its ARN', `${FUNCTION}:live`, {}, { target: FUNCTION, qualifier: 'live' }],
    [
      'of a function by name',
      `${OPTIMIZED}lambda:invoke`,
      { Parameters: { FunctionName: 'tagger' } },
      { target: FUNCTION },
    ],
    [
      'of an alias by name, with a token',
      `${OPTIMIZED}lambda:invoke.waitForTaskToken`,
      { Parameters: { FunctionName: 'tagger:live', Payload: { 'token.$': '$$.Task.Token' } } },
      { service: 'lambda', action: 'invoke', target: FUNCTION, qualifier: 'live' },
    ],
    [
      'of a function of another account',
      `${OPTIMIZED}lambda:invoke`,
      { Arguments: { FunctionName: '222222222222:function:tagger' } },
      { target: FUNCTION.replace(ACCOUNT, '222222222222') },
    ],
    [
      'of a function through the SDK',
      `${OPTIMIZED}aws-sdk:lambda:invoke`,
      { Parameters: { FunctionName: FUNCTION } },
      { service: 'lambda', target: FUNCTION },
    ],
    [
      'of another machine, waited for',
      `${OPTIMIZED}states:startExecution.sync:2`,
      { Parameters: { StateMachineArn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:other:live` } },
      {
        service: 'states',
        action: 'startExecution',
        target: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:other`,
        qualifier: 'live',
        starts: 'aws_state_machine',
      },
    ],
    [
      'of another machine through the SDK',
      `${OPTIMIZED}aws-sdk:sfn:startSyncExecution`,
      { Parameters: { StateMachineArn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:other` } },
      { service: 'states', action: 'startSyncExecution', starts: 'aws_state_machine' },
    ],
    [
      'of a container with its revision',
      `${OPTIMIZED}ecs:runTask.sync`,
      { Parameters: { TaskDefinition: 'encode:7', Cluster: 'media' } },
      { target: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/encode:7`, starts: 'aws_ecs_task_definition' },
    ],
    [
      'of a topic',
      `${OPTIMIZED}sns:publish`,
      { Parameters: { TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:done`, Message: 'hunter2' } },
      { target: `arn:aws:sns:${REGION}:${ACCOUNT}:done`, starts: 'aws_sns_topic' },
    ],
    [
      'of a queue',
      `${OPTIMIZED}sqs:sendMessage`,
      { Parameters: { QueueUrl: `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/jobs` } },
      { target: `arn:aws:sqs:us-east-1:${ACCOUNT}:jobs`, starts: 'aws_sqs_queue' },
    ],
    [
      'of an agent',
      `${OPTIMIZED}aws-sdk:bedrockagentruntime:invokeAgent`,
      { Parameters: { AgentId: 'ABCDEF1234', AgentAliasId: 'TSTALIASID' } },
      {
        service: 'bedrock',
        target: `arn:aws:bedrock:${REGION}:${ACCOUNT}:agent/ABCDEF1234`,
        starts: 'aws_bedrock_agent',
      },
    ],
    [
      'that puts an event',
      `${OPTIMIZED}events:putEvents`,
      { Parameters: { Entries: [{ EventBusName: 'media', Detail: { secret: 'hunter2' } }] } },
      { target: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/media`, starts: 'aws_event_bus' },
    ],
    [
      'that puts an event on no bus by name',
      `${OPTIMIZED}events:putEvents`,
      { Parameters: { Entries: [{ Source: 'x' }] } },
      { target: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default` },
    ],
    [
      'of an activity',
      `arn:aws:states:${REGION}:${ACCOUNT}:activity:review`,
      {},
      { service: 'states', action: 'activity', target: `arn:aws:states:${REGION}:${ACCOUNT}:activity:review` },
    ],
  ])('%s', (_, resource, rest, expected) => {
    expect(one(resource, rest)).toEqual([expect.objectContaining({ ...expected, dynamic: false })]);
  });

  it.each<[string, string, { readonly [key: string]: Json }, Partial<Called>]>([
    [
      'of a table',
      `${OPTIMIZED}dynamodb:putItem`,
      { Parameters: { TableName: 'customers', Item: { 'id.$': '$.id' } } },
      { service: 'dynamodb', action: 'putItem', target: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/customers` },
    ],
    [
      'of a model',
      `${OPTIMIZED}bedrock:invokeModel`,
      { Parameters: { ModelId: 'anthropic.claude-v2', Body: { prompt: 'hunter2' } } },
      { service: 'bedrock', target: 'anthropic.claude-v2' },
    ],
    [
      'of a secret',
      `${OPTIMIZED}aws-sdk:secretsmanager:getSecretValue`,
      { Parameters: { SecretId: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:key-AbCdEf` } },
      { service: 'secretsmanager', target: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:key-AbCdEf` },
    ],
    [
      'of the latest revision of a container',
      `${OPTIMIZED}ecs:runTask`,
      { Parameters: { TaskDefinition: 'encode' } },
      { target: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/encode` },
    ],
    [
      'of a service that we do not know',
      `${OPTIMIZED}aws-sdk:rekognition:detectLabels`,
      {},
      { service: 'rekognition' },
    ],
  ])('%s starts nothing', (_, resource, rest, expected) => {
    const [call] = one(resource, rest);
    expect(call).toMatchObject({ ...expected, dynamic: false });
    expect(call?.starts).toBeUndefined();
  });

  it.each<[string, string, { readonly [key: string]: Json }]>([
    ['a path', 'lambda:invoke', { Parameters: { 'FunctionName.$': '$.name' } }],
    ['JSONata', 'lambda:invoke', { Arguments: { FunctionName: '{% $name %}' } }],
    ['JSONata as a whole', 'lambda:invoke', { Arguments: '{% $all %}' }],
    ['the input itself', 'lambda:invoke', {}],
    ['a path to all events', 'events:putEvents', { Parameters: { 'Entries.$': '$.events' } }],
    ['JSONata of all events', 'events:putEvents', { Arguments: { Entries: '{% $events %}' } }],
    ['JSONata of one event', 'events:putEvents', { Arguments: { Entries: ['{% $event %}'] } }],
    ['a path to the bus', 'events:putEvents', { Parameters: { Entries: [{ 'EventBusName.$': '$.bus' }] } }],
  ])('whose target is %s is dynamic, and has none', (_, resource, rest) => {
    const [call] = one(`${OPTIMIZED}${resource}`, rest);
    expect(call?.dynamic).toBe(true);
    expect(call).not.toHaveProperty('target');
    expect(call).not.toHaveProperty('starts');
  });

  it.each<[string, { readonly [key: string]: Json }]>([
    ['lambda:invoke', { FunctionName: 'no function {}' }],
    ['lambda:invoke', { FunctionName: `arn:aws:sns:${REGION}:${ACCOUNT}:done` }],
    ['lambda:invoke', { FunctionName: `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:tagger:1` }],
    ['lambda:invoke', { Payload: 'x' }],
    ['lambda:invoke', { FunctionName: 7 }],
    ['states:startExecution', { StateMachineArn: FUNCTION }],
    ['sns:publish', { TopicArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:jobs` }],
    ['dynamodb:getItem', { TableName: 'no table {}' }],
    ['dynamodb:getItem', { TableName: FUNCTION }],
    ['aws-sdk:bedrockagentruntime:invokeAgent', { AgentId: 'no agent' }],
    ['sns:publish', { PhoneNumber: '+46700000000' }],
    ['sqs:sendMessage', { QueueUrl: 'https://example.com/jobs' }],
    ['bedrock:invokeModel', { ModelId: 'a secret, perhaps' }],
  ])('of %s with %o names nothing that we know, and no word of it is kept', (resource, Parameters) => {
    const [call] = one(`${OPTIMIZED}${resource}`, { Parameters });
    expect(call).toMatchObject({ dynamic: false });
    expect(call).not.toHaveProperty('target');
    expect(call).not.toHaveProperty('starts');
  });

  it.each<[string, Json, Called['role']]>([
    [
      'a role',
      { RoleArn: `arn:aws:iam::222222222222:role/x` },
      { is: 'static', text: 'arn:aws:iam::222222222222:role/x' },
    ],
    ['a path', { 'RoleArn.$': '$.role' }, { is: 'dynamic' }],
    ['something else', { RoleArn: 'hunter2' }, { is: 'absent' }],
  ])('with %s as its credentials says so', (_, Credentials, role) => {
    expect(one(FUNCTION, { Credentials })[0]?.role).toEqual(role);
  });
});

describe('the tasks of a definition', () => {
  const named = (name: string) => task(FUNCTION.replace('tagger', name));
  const targets = (States: Json) => callsOf({ States }).map(({ target }) => target?.split(':').at(-1));

  it('are found in branches, in items of both kinds of map, and in one another', () => {
    expect(
      targets({
        A: named('a'),
        B: { Type: 'Parallel', Branches: [{ States: { C: named('c') } }, { States: { D: named('d') } }] },
        E: { Type: 'Map', Iterator: { States: { F: named('f') } } },
        G: {
          Type: 'Map',
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED' },
            States: { H: { Type: 'Parallel', Branches: [{ States: { I: named('i') } }] } },
          },
        },
        J: { Type: 'Choice', Choices: [{ Variable: '$.x', StringEquals: FUNCTION, Next: 'A' }] },
        K: { Type: 'Pass', Result: { Type: 'Task', Resource: FUNCTION } },
        L: { Type: 'Wait', Seconds: 1 },
      })?.sort(),
    ).toEqual(['a', 'c', 'd', 'f', 'i']);
  });

  it('with them, what a distributed map reads and writes', () => {
    const calls = callsOf({
      States: {
        A: {
          Type: 'Map',
          ItemReader: { Resource: `${OPTIMIZED}s3:getObject`, Parameters: { Bucket: 'media-in', 'Key.$': '$.key' } },
          ItemProcessor: { States: {} },
          ResultWriter: { Resource: `${OPTIMIZED}s3:putObject`, Parameters: { Bucket: 'media-out' } },
        },
      },
    });
    expect(calls.map(({ action, target }) => [action, target])).toEqual([
      ['getObject', 'arn:aws:s3:::media-in'],
      ['putObject', 'arn:aws:s3:::media-out'],
    ]);
  });

  it.each<[string, Json]>([
    ['no object', []],
    ['no states', { StartAt: 'A' }],
    ['a state that is a text', { States: { A: 'x' } }],
    ['a state without a type', { States: { A: { Resource: FUNCTION } } }],
    ['a task without a resource', { States: { A: { Type: 'Task' } } }],
    ['a task of no ARN', { States: { A: task('tagger') } }],
    ['a task of a service that has none', { States: { A: task(`arn:aws:sns:${REGION}:${ACCOUNT}:t`) } }],
    ['a task of no action', { States: { A: task(`${OPTIMIZED}lambda`) } }],
    ['a parallel without branches', { States: { A: { Type: 'Parallel' } } }],
    ['a map without items', { States: { A: { Type: 'Map' } } }],
  ])('cannot be told from a definition with %s', (_, definition) => {
    expect(() => callsOf(definition)).toThrow(TypeError);
  });

  it('cannot be told from a text that is no JSON', () => {
    expect(() => [...callingStates('{')]).toThrow('the definition is not JSON');
  });

  it('are found however deep they are', () => {
    let machine: Json = { States: { A: named('deep') } };
    for (let depth = 0; depth < 1_000; depth += 1)
      machine = { States: { P: { Type: 'Parallel', Branches: [machine] } } };
    expect(callsOf(machine)).toHaveLength(1);
  });
});
