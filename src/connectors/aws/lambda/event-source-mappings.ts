import {
  type EventSourceMappingConfiguration,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { parseArn } from '../../../kernel/arn.ts';
import type { EntityRef, Observation } from '../../../observations/observation.ts';
import { arnRef, statedBy } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { qualifierOf, unqualified } from './function-arn.ts';

const LIST = 'lambda:ListEventSourceMappings';

/** Queues and table streams that make functions run. Sources of kinds that the inventory does not know are left out. */
export const eventSourceMappings: AwsCollector = {
  id: 'lambda.event-source-mappings',
  category: 'aws_lambda',
  regional: true,
  entity_types: [],
  edge_types: ['INVOKES'],
  actions: [LIST],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (Marker) => session.client(LambdaClient).send(new ListEventSourceMappingsCommand({ Marker })),
      next: (page) => page.NextMarker,
      items: (page) => page.EventSourceMappings,
      name: (mapping) => mapping.UUID ?? 'a mapping without an id',
      look: (mapping) => toInvocation(mapping, session),
    }),
};

/** `INVOKES` from the source to the function. Throws TypeError on a record that makes no sense. */
export function* toInvocation(
  mapping: EventSourceMappingConfiguration,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Observation, void, undefined> {
  const source = sourceOf(mapping.EventSourceArn);
  if (!source) return;
  const id = required(mapping.UUID, 'UUID');
  const target = required(mapping.FunctionArn, 'FunctionArn');
  const { partition, region, account } = session;
  const record =
    mapping.EventSourceMappingArn ?? `arn:${partition}:lambda:${region}:${account}:event-source-mapping:${id}`;
  yield {
    kind: 'edge',
    edge_type: 'INVOKES',
    from: source,
    to: arnRef('aws_lambda_function', unqualified(target)),
    stated_by: statedBy(record, `EventSourceArn[${mapping.EventSourceArn}]`),
    properties: known({ state: mapping.State, qualifier: qualifierOf(target) }),
    api: LIST,
  };
}

function sourceOf(arn: string | undefined): EntityRef | undefined {
  if (!arn) return undefined;
  const service = parseArn(arn)?.service;
  if (service === 'sqs') return arnRef('aws_sqs_queue', arn);
  if (service === 'dynamodb') return arnRef('aws_dynamodb_table', arn.replace(/\/stream\/.*$/, ''));
  return undefined;
}
