import {
  DescribeEventBusCommand,
  type DescribeEventBusResponse,
  EventBridgeClient,
  type EventBus,
  ListEventBusesCommand,
  type ListEventBusesResponse,
  ListTagsForResourceCommand,
  type Tag,
} from '@aws-sdk/client-eventbridge';
import type { Observation } from '../../../observations/observation.ts';
import { DESCRIBE_TASK_DEFINITION, type LookedAt } from '../ecs-ecr/task-definitions.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { nestedListings, type ReadPage, type StepOutcome } from '../nested-listings.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { answered, listed, oneItem, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';
import { RULE_ACTIONS, rulesOf } from './rules.ts';

const LIST = 'events:ListEventBuses';
const DESCRIBE = 'events:DescribeEventBus';
const TAGS = 'events:ListTagsForResource';

/** The event buses of a region and who may put events on them; their rules and what these start. */
export const buses: AwsCollector = {
  id: 'events.buses',
  category: 'aws_eventbridge',
  regional: true,
  entity_types: ['aws_event_bus', 'aws_event_rule', 'aws_ecs_task_definition'],
  edge_types: ['BELONGS_TO', 'INVOKES', 'RUNS_AS', 'STORED_IN'],
  actions: [LIST, DESCRIBE, TAGS, ...RULE_ACTIONS, DESCRIBE_TASK_DEFINITION],
  async *collect(session, cursor) {
    const definitions: LookedAt = new Map();
    yield* nestedListings({
      first: 'buses',
      cursor,
      look: ({ parent }, read) =>
        parent === undefined ? busesOf(session, read) : rulesOf(session, parent, read, definitions),
    });
  },
};

async function* busesOf(session: AwsSession, read: ReadPage): AsyncGenerator<Observation, StepOutcome, undefined> {
  const client = session.client(EventBridgeClient);
  const page = await read<ListEventBusesResponse>(LIST, (NextToken) =>
    client.send(new ListEventBusesCommand({ NextToken })),
  );
  const found = listed(LIST, page.EventBuses);
  for (const bus of found) {
    yield* oneItem({ action: LIST, item: bus.Arn ?? bus.Name ?? 'a bus without a name' }, () =>
      lookAtBus(session, bus),
    );
  }
  const below = found.flatMap(({ Arn }) => (Arn ? [{ list: 'rules', parent: Arn }] : []));
  return { next: page.NextToken, below };
}

async function* lookAtBus(session: AwsSession, bus: EventBus): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(EventBridgeClient);
  const item = required(bus.Arn, 'Arn');
  const description = yield* readItem({ action: DESCRIBE, item }, async () => {
    const answer = await client.send(new DescribeEventBusCommand({ Name: required(bus.Name, 'Name') }));
    answered(answer.Arn, 'Arn');
    return answer;
  });
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ ResourceARN: item }))).Tags, 'Tags'),
  );
  yield* toBus(bus, session, { description, tags });
}

/** What other calls told about a bus. */
export interface BusDetails {
  readonly description: Reading<DescribeEventBusResponse>;
  readonly tags: Reading<readonly Tag[]>;
}

/** A bus. The listing has its policy. Throws TypeError on a record that makes no sense. */
export function* toBus(
  bus: EventBus,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { description, tags }: BusDetails,
): Generator<Observation, void, undefined> {
  const arn = required(bus.Arn, 'Arn');
  const name = required(bus.Name, 'Name');
  const ref = arnRef('aws_event_bus', arn);
  const policy = resourcePolicy(bus.Policy);
  const described = description.known ? description.value : undefined;
  if (policy) yield policy;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      resource_policy_hash: policy?.hash ?? null,
      encryption_key: described && (described.KmsKeyIdentifier ?? null),
      dead_letter_arn: described && (described.DeadLetterConfig?.Arn ?? null),
      tags: tags.known ? sortedTags(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: { encryption_key: DESCRIBE, dead_letter_arn: DESCRIBE, tags: TAGS },
  };
  yield belongsTo(ref, session, LIST);
}
