import { parseArn } from '../../../kernel/arn.ts';
import type { EntityRef, Observation } from '../../../observations/observation.ts';
import type { LookedAt } from '../ecs-ecr/task-definitions.ts';
import { arnRef, statedBy } from '../entity-ref.ts';
import { qualifierOf, unqualified } from '../lambda/function-arn.ts';
import { known } from '../properties.ts';

/** What a rule, a schedule or a pipe starts. Its input is content and no part of it. */
export interface InvokedTarget {
  readonly arn: string;
  /** That the trigger takes on for this target. */
  readonly role_arn?: string | undefined;
  /** Where the target is a cluster: what is started in it, as it is named. */
  readonly task_definition?: string | undefined;
}

/** How the edges of a trigger are stated. */
export interface StatedIn {
  /** Path of the target in the trigger's record, by value: `Targets[<id>]`. */
  readonly field: string;
  readonly api: string;
  /** Task definitions by what they were named. */
  readonly definitions: LookedAt;
}

/** `INVOKES` from a trigger to its target, of the kinds that the inventory knows, and `RUNS_AS` to the role for it. */
export function* toInvocation(
  trigger: EntityRef,
  target: InvokedTarget,
  { field, api, definitions }: StatedIn,
): Generator<Observation, void, undefined> {
  const { arn, role_arn, task_definition } = target;
  const record = trigger.source_record_id;
  const definition = task_definition && (definitions.get(task_definition) ?? task_definition);
  const invoked = definition ? arnRef('aws_ecs_task_definition', definition) : invokedRef(arn);
  if (invoked) {
    yield {
      kind: 'edge',
      edge_type: 'INVOKES',
      from: trigger,
      to: invoked,
      stated_by: statedBy(record, `${field}.Arn[${definition ?? arn}]`),
      properties: known({
        qualifier: qualifier(arn),
        cluster_arn: definition ? arn : undefined,
        role_arn,
      }),
      api,
    };
  }
  if (role_arn) yield runsAs(trigger, role_arn, { field: `${field}.RoleArn`, api });
}

/** `RUNS_AS` from a trigger to a role that it takes on. */
export const runsAs = (
  trigger: EntityRef,
  role: string,
  { field, api }: { readonly field: string; readonly api: string },
): Observation => ({
  kind: 'edge',
  edge_type: 'RUNS_AS',
  from: trigger,
  to: arnRef('aws_iam_role', role),
  stated_by: statedBy(trigger.source_record_id, `${field}[${role}]`),
  properties: {},
  api,
});

/**
 * What an ARN of a source or target stands for; undefined where the inventory does not know its kind, or where it is an
 * action (`arn:aws:scheduler:::aws-sdk:sqs:sendMessage`), whose target is in the input.
 */
export function invokedRef(arn: string): EntityRef | undefined {
  const { service, resource = '' } = parseArn(arn) ?? {};
  switch (service) {
    case 'lambda':
      return resource.startsWith('function:') ? arnRef('aws_lambda_function', unqualified(arn)) : undefined;
    case 'states':
      return resource.startsWith('stateMachine:') ? arnRef('aws_state_machine', unqualified(arn)) : undefined;
    case 'sqs':
      return arnRef('aws_sqs_queue', arn);
    case 'sns':
      return arnRef('aws_sns_topic', arn);
    case 'dynamodb':
      return arnRef('aws_dynamodb_table', arn.replace(/\/stream\/.*$/, ''));
    case 'firehose':
      return arnRef('aws_firehose_delivery_stream', arn);
    case 'events':
      if (resource.startsWith('event-bus/')) return arnRef('aws_event_bus', arn);
      return resource.startsWith('api-destination/') ? arnRef('aws_event_api_destination', arn) : undefined;
    default:
      return undefined;
  }
}

/** Functions and state machines are named the same way: with an alias or a version behind their name, or without. */
const qualifier = (arn: string): string | undefined =>
  ['lambda', 'states'].includes(parseArn(arn)?.service ?? '') ? qualifierOf(arn) : undefined;
