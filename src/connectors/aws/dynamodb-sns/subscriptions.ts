import {
  ListSubscriptionsByTopicCommand,
  type ListSubscriptionsByTopicResponse,
  SNSClient,
  type Subscription,
} from '@aws-sdk/client-sns';
import type { EntityRef, Gap, NormalizedEdge } from '../../../observations/observation.ts';
import { arnRef, statedBy } from '../entity-ref.ts';
import { endpointRef } from '../https-endpoint.ts';
import { qualifierOf, unqualified } from '../lambda/function-arn.ts';
import { known, required } from '../properties.ts';
import { listed, pages, type Reading, readItem } from '../reading.ts';
import type { AwsSession } from '../session.ts';

/** IAM action of the call that lists them. */
export const SUBSCRIPTIONS = 'sns:ListSubscriptionsByTopic';

/** Who gets what is published to a topic. */
export interface TopicSubscriptions {
  /** `email`, `lambda`, `sqs`, ...: each once, in order. */
  readonly protocols: readonly string[];
  /** Those whose endpoint is a machine. Addresses and numbers of people are not kept. */
  readonly machines: readonly Subscription[];
}

/** Protocols whose endpoint is a machine. https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html */
const MACHINES: ReadonlySet<string> = new Set(['lambda', 'sqs', 'firehose', 'http', 'https']);

/** The subscriptions of one topic: at most one page is in memory before people are left out. */
export async function* subscriptionsOf(
  session: AwsSession,
  topic: string,
): AsyncGenerator<Gap, Reading<TopicSubscriptions>, undefined> {
  const client = session.client(SNSClient);
  const listing = pages<ListSubscriptionsByTopicResponse>({
    action: SUBSCRIPTIONS,
    fetch: (NextToken) => client.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic, NextToken })),
    next: (page) => page.NextToken,
  });
  return yield* readItem({ action: SUBSCRIPTIONS, item: topic }, async () => {
    const protocols = new Set<string>();
    const machines: Subscription[] = [];
    for await (const page of listing) {
      for (const { Protocol = '', Endpoint, SubscriptionArn } of listed(SUBSCRIPTIONS, page.Subscriptions)) {
        protocols.add(Protocol);
        if (MACHINES.has(Protocol)) machines.push({ Protocol, Endpoint, SubscriptionArn });
      }
    }
    return { protocols: [...protocols].sort(), machines };
  });
}

/** `INVOKES` from a topic to a machine that is subscribed to it; nothing where it has not confirmed, or no longer is. */
export function* toSubscription(
  topic: string,
  { Protocol, Endpoint, SubscriptionArn }: Subscription,
  home: Pick<AwsSession, 'partition'>,
): Generator<NormalizedEdge, void, undefined> {
  // `PendingConfirmation` and `Deleted` stand where the ARN would.
  if (SubscriptionArn && !SubscriptionArn.startsWith('arn:')) return;
  const endpoint = required(Endpoint, 'Endpoint');
  const to = subscriber(required(Protocol, 'Protocol'), endpoint, home);
  const named = to.entity_type === 'external_https_endpoint' ? to.source_record_id : endpoint;
  yield {
    kind: 'edge',
    edge_type: 'INVOKES',
    from: arnRef('aws_sns_topic', topic),
    to,
    stated_by: statedBy(topic, `Subscriptions[${named}]`),
    properties: known({ qualifier: Protocol === 'lambda' ? qualifierOf(endpoint) : undefined }),
    api: SUBSCRIPTIONS,
  };
}

function subscriber(protocol: string, endpoint: string, home: Pick<AwsSession, 'partition'>): EntityRef {
  switch (protocol) {
    case 'lambda':
      return arnRef('aws_lambda_function', unqualified(endpoint));
    case 'sqs':
      return arnRef('aws_sqs_queue', endpoint);
    case 'firehose':
      return arnRef('aws_firehose_delivery_stream', endpoint);
    default:
      return endpointRef(endpoint, home);
  }
}
