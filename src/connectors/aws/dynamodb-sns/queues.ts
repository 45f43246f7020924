import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  type ListQueuesResult,
  ListQueueTagsCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { answered, checkpoint, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';

const LIST = 'sqs:ListQueues';
const ATTRIBUTES = 'sqs:GetQueueAttributes';
const TAGS = 'sqs:ListQueueTags';

/** The most that AWS gives; without a page size it gives no more than these and says nothing of the rest. */
const PAGE_SIZE = 1000;

/** The queues of a region: who may send and receive. No message is read. */
export const queues: AwsCollector = {
  id: 'sqs.queues',
  category: 'aws_dynamodb_sns',
  regional: true,
  entity_types: ['aws_sqs_queue'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, ATTRIBUTES, TAGS],
  async *collect(session, cursor) {
    const client = session.client(SQSClient);
    const listing = pages<ListQueuesResult>({
      action: LIST,
      cursor,
      fetch: (NextToken) => client.send(new ListQueuesCommand({ MaxResults: PAGE_SIZE, NextToken })),
      next: (page) => page.NextToken,
    });
    for await (const page of listing) {
      // AWS leaves the list out where there is no queue. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
      for (const url of page.QueueUrls ?? []) {
        yield* oneItem({ action: LIST, item: url }, () => lookAtQueue(session, url));
      }
      yield* checkpoint(page.NextToken);
    }
  },
};

async function* lookAtQueue(session: AwsSession, url: string): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(SQSClient);
  const item = queueArn(url, session);
  // Asked for by name, an attribute that a queue of this kind cannot have is an error.
  const attributes = yield* readItem({ action: ATTRIBUTES, item }, async () =>
    answered(
      (await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))).Attributes,
      'Attributes',
    ),
  );
  // An untagged queue has an answer without tags.
  const tags = yield* readItem(
    { action: TAGS, item },
    async () => (await client.send(new ListQueueTagsCommand({ QueueUrl: url }))).Tags ?? {},
  );
  yield* toQueue(url, session, { attributes, tags });
}

/** What other calls told about a queue. */
export interface QueueDetails {
  readonly attributes: Reading<Readonly<Partial<Record<string, string>>>>;
  readonly tags: Reading<Readonly<Record<string, string>>>;
}

/** A queue. How many messages it holds changes by itself and is not copied. Throws on a record that makes no sense. */
export function* toQueue(
  url: string,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { attributes, tags }: QueueDetails,
): Generator<Observation, void, undefined> {
  const set = attributes.known ? attributes.value : undefined;
  const arn = queueArn(url, session);
  const name = queueName(url);
  const ref = arnRef('aws_sqs_queue', arn);
  const policy = set && resourcePolicy(set.Policy);
  if (policy) yield policy;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      fifo: name.endsWith('.fifo'),
      encryption_key: set && (set.KmsMasterKeyId || null),
      managed_encryption: set && set.SqsManagedSseEnabled === 'true',
      dead_letter_queue: set && deadLetterQueue(set.RedrivePolicy),
      resource_policy_hash: set && (policy?.hash ?? null),
      tags: tags.known ? tagsOfMap(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: {
      encryption_key: ATTRIBUTES,
      managed_encryption: ATTRIBUTES,
      dead_letter_queue: ATTRIBUTES,
      resource_policy_hash: ATTRIBUTES,
      tags: TAGS,
    },
  };
  yield belongsTo(ref, session, LIST);
}

const RedrivePolicySchema = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number(),
});

/** Where messages go that were received too often. */
function deadLetterQueue(redrivePolicy: string | undefined): Json {
  if (!redrivePolicy) return null;
  const { deadLetterTargetArn, maxReceiveCount } = RedrivePolicySchema.parse(JSON.parse(redrivePolicy));
  return { arn: deadLetterTargetArn, max_receive_count: maxReceiveCount };
}

/** `https://sqs.<region>.amazonaws.com/<account>/<name>`: names of queues have no slash. */
const queueName = (url: string): string => required(url.split('/').at(-1), 'name in its URL');

const queueArn = (
  url: string,
  { account, partition, region }: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): string => `arn:${partition}:sqs:${region}:${account}:${queueName(url)}`;
