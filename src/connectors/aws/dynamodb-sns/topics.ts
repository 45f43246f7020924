import {
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  SNSClient,
  type Tag,
} from '@aws-sdk/client-sns';
import { parseArn } from '../../../kernel/arn.ts';
import type { Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { answered, oneItem, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';
import { SUBSCRIPTIONS, subscriptionsOf, type TopicSubscriptions, toSubscription } from './subscriptions.ts';

const LIST = 'sns:ListTopics';
const ATTRIBUTES = 'sns:GetTopicAttributes';
const TAGS = 'sns:ListTagsForResource';

/** The topics of a region and the machines that get what is published to them. Of subscribers that are people, the protocol is kept and no address. */
export const topics: AwsCollector = {
  id: 'sns.topics',
  category: 'aws_dynamodb_sns',
  regional: true,
  entity_types: ['aws_sns_topic'],
  edge_types: ['BELONGS_TO', 'INVOKES'],
  actions: [LIST, ATTRIBUTES, TAGS, SUBSCRIPTIONS],
  collect(session, cursor) {
    const client = session.client(SNSClient);
    return lookAtEach({
      action: LIST,
      cursor,
      fetch: (NextToken) => client.send(new ListTopicsCommand({ NextToken })),
      next: (page) => page.NextToken,
      items: (page) => page.Topics,
      name: ({ TopicArn }) => TopicArn ?? 'a topic without an ARN',
      look: ({ TopicArn }) => lookAtTopic(session, required(TopicArn, 'TopicArn')),
    });
  },
};

async function* lookAtTopic(session: AwsSession, arn: string): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(SNSClient);
  const attributes = yield* readItem({ action: ATTRIBUTES, item: arn }, async () => {
    const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    const { Policy, KmsMasterKeyId } = answered(Attributes, 'Attributes');
    return { policy: resourcePolicy(Policy), encryption_key: KmsMasterKeyId };
  });
  const tags = yield* readItem({ action: TAGS, item: arn }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ ResourceArn: arn }))).Tags, 'Tags'),
  );
  const subscriptions = yield* subscriptionsOf(session, arn);
  yield* toTopic(arn, session, { attributes, tags, subscriptions });
  for (const subscription of (subscriptions.known && subscriptions.value?.machines) || []) {
    yield* oneItem({ action: SUBSCRIPTIONS, item: subscription.SubscriptionArn ?? arn }, () =>
      toSubscription(arn, subscription, session),
    );
  }
}

/** What other calls told about a topic. */
export interface TopicDetails {
  readonly attributes: Reading<{
    readonly policy: ObservedPolicyDocument | undefined;
    readonly encryption_key: string | undefined;
  }>;
  readonly tags: Reading<readonly Tag[]>;
  readonly subscriptions: Reading<TopicSubscriptions>;
}

/** A topic. */
export function* toTopic(
  arn: string,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { attributes, tags, subscriptions }: TopicDetails,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_sns_topic', arn);
  const name = required(parseArn(arn)?.resource, 'name');
  const policy = attributes.known ? attributes.value?.policy : undefined;
  if (policy) yield policy;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      encryption_key: attributes.known ? (attributes.value?.encryption_key ?? null) : undefined,
      resource_policy_hash: attributes.known ? (policy?.hash ?? null) : undefined,
      subscription_protocols: subscriptions.known ? (subscriptions.value?.protocols ?? []) : undefined,
      tags: tags.known ? sortedTags(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: {
      encryption_key: ATTRIBUTES,
      resource_policy_hash: ATTRIBUTES,
      subscription_protocols: SUBSCRIPTIONS,
      tags: TAGS,
    },
  };
  yield belongsTo(ref, session, LIST);
}
