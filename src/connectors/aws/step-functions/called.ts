import { parseArn } from '../../../kernel/arn.ts';
import type { Json } from '../../../kernel/canonical.ts';
import type { EntityType } from '../../../observations/entity-types.ts';
import { isList, isObject } from '../policy-document.ts';
import type { AwsSession } from '../session.ts';
import { type CallingState, type Given, given } from './definition.ts';
import {
  agentArn,
  arnOf,
  bucketArn,
  busArn,
  functionArn,
  modelName,
  type Named,
  queueArn,
  tableArn,
  taskDefinitionArn,
} from './target-names.ts';

type Home = Pick<AwsSession, 'account' | 'partition' | 'region'>;

/** One thing that a state calls. */
export interface Called {
  /** As IAM names it, where we know its integration; else as the definition does. */
  readonly service: string;
  /** `invoke`, `startExecution`. */
  readonly action: string;
  /** What it is called on: an ARN, or the name of a model. Undefined where the definition does not say, or only when it runs. */
  readonly target?: string | undefined;
  /** The version or alias of the target. */
  readonly qualifier?: string | undefined;
  /** What it is called on is known only when the machine runs. */
  readonly dynamic: boolean;
  /** What starts when it is called; undefined where it only answers. */
  readonly starts?: EntityType | undefined;
  /** The role that is assumed for this call, in place of the machine's own. */
  readonly role: Given;
}

interface Integration {
  readonly field: string;
  readonly starts?: EntityType;
  /** The ARN of what a text names; undefined where it names nothing of the kind. */
  readonly name: (text: string, home: Home) => Named | undefined;
}

const LAMBDA: Integration = { field: 'FunctionName', starts: 'aws_lambda_function', name: functionArn };
const MACHINE: Integration = {
  field: 'StateMachineArn',
  starts: 'aws_state_machine',
  name: (text) => arnOf(text, 'states', /^stateMachine:/, 2),
};
const TOPIC: Integration = {
  field: 'TopicArn',
  starts: 'aws_sns_topic',
  name: (text) => arnOf(text, 'sns', /^[^:]+$/),
};
const QUEUE: Integration = { field: 'QueueUrl', starts: 'aws_sqs_queue', name: queueArn };
const TASK: Integration = { field: 'TaskDefinition', starts: 'aws_ecs_task_definition', name: taskDefinitionArn };
const AGENT: Integration = { field: 'AgentId', starts: 'aws_bedrock_agent', name: agentArn };
const MODEL: Integration = { field: 'ModelId', name: modelName };
const TABLE: Integration = { field: 'TableName', name: tableArn };
const SECRET: Integration = { field: 'SecretId', name: (text) => arnOf(text, 'secretsmanager', /^secret:/) };
const BUCKET: Integration = { field: 'Bucket', name: bucketArn };

/** What names the target of a call, and whether the call starts it. A service under its own name stands for all its actions. */
const INTEGRATIONS: ReadonlyMap<string, Integration> = new Map([
  ['lambda:invoke', LAMBDA],
  ['lambda:invokeAsync', LAMBDA],
  ['states:startExecution', MACHINE],
  ['states:startSyncExecution', MACHINE],
  ['sns:publish', TOPIC],
  ['sns:publishBatch', TOPIC],
  ['sqs:sendMessage', QUEUE],
  ['sqs:sendMessageBatch', QUEUE],
  ['ecs:runTask', TASK],
  ['ecs:startTask', TASK],
  ['bedrock:invokeAgent', AGENT],
  ['bedrock', MODEL],
  ['dynamodb', TABLE],
  ['secretsmanager', SECRET],
  ['s3', BUCKET],
]);

/** Services that `aws-sdk` integrations call by the name of the SDK. */
const IAM_NAMES: ReadonlyMap<string, string> = new Map([
  ['sfn', 'states'],
  ['eventbridge', 'events'],
  ['bedrockruntime', 'bedrock'],
  ['bedrockagentruntime', 'bedrock'],
]);

/**
 * What a state calls: more than one thing only where it puts events on several buses. Throws TypeError on a resource
 * that is none. https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
 */
export function calledBy(state: CallingState, home: Home): readonly Called[] {
  const role = roleOf(state.credentials);
  const arn = parseArn(state.resource);
  if (arn?.service === 'lambda') {
    const named = functionArn(state.resource, home);
    return [{ service: 'lambda', action: 'invoke', ...named, dynamic: false, starts: 'aws_lambda_function', role }];
  }
  if (arn?.service !== 'states') throw new TypeError('the definition has a task with a Resource of an unknown kind');
  if (arn.resource.startsWith('activity:')) {
    return [{ service: 'states', action: 'activity', target: state.resource, dynamic: false, role }];
  }
  const { service, action } = integrationOf(arn.resource);
  if (`${service}:${action}` === 'events:putEvents') {
    return busesOf(state.parameters, home).map((bus) => ({ service, action, ...bus, role }));
  }
  return [{ service, action, ...targetOf(`${service}:${action}`, service, state.parameters, home), role }];
}

/** The role of `Credentials`. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html */
function roleOf(credentials: Json | undefined): Given {
  if (credentials === undefined) return { is: 'absent' };
  const role = given(credentials, 'RoleArn');
  return role.is === 'static' && parseArn(role.text)?.service !== 'iam' ? { is: 'absent' } : role;
}

/** `lambda:invoke.waitForTaskToken`, `states:startExecution.sync:2`, `aws-sdk:sfn:startExecution`: how it waits is of no interest here. */
function integrationOf(resource: string): { readonly service: string; readonly action: string } {
  const [service = '', api = ''] = resource.replace(/^aws-sdk:/, '').split(':');
  const action = api.split('.')[0];
  if (!service || !action) throw new TypeError('the definition has a task with a Resource that names no action');
  return { service: IAM_NAMES.get(service.toLowerCase()) ?? service, action };
}

function targetOf(call: string, service: string, parameters: Json | undefined, home: Home) {
  const integration = INTEGRATIONS.get(call) ?? INTEGRATIONS.get(service);
  if (!integration) return { dynamic: false };
  const { field, starts, name } = integration;
  const value = given(parameters, field);
  if (value.is !== 'static') return { dynamic: value.is === 'dynamic' };
  const named = name(value.text, home);
  return { ...named, ...(starts && named && !named.latest ? { starts } : {}), dynamic: false };
}

/** The buses on which events are put; the default one where an entry names none. https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html */
function busesOf(parameters: Json | undefined, home: Home): readonly Omit<Called, 'service' | 'action' | 'role'>[] {
  const entries = isObject(parameters) ? parameters.Entries : undefined;
  if (!isList(entries)) return [{ dynamic: true }];
  return entries.map((entry) => {
    const bus = given(entry, 'EventBusName');
    if (bus.is === 'dynamic') return { dynamic: true };
    return { ...busArn(bus.is === 'static' ? bus.text : 'default', home), dynamic: false, starts: 'aws_event_bus' };
  });
}
