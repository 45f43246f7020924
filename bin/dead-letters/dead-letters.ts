import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { AwsFailure, asking } from './aws-failure.ts';
import { type DeadLetter, deadLetter } from './dead-letter.ts';
import type { HubQueue } from './hub-queues.ts';

/** The dead letters of one queue. */
export interface Listed {
  readonly letters: readonly DeadLetter[];
  /** How many there are as SQS counts them: of a message group no more than the first ten can be seen at once. */
  readonly about: number;
}

/** What came of returning dead letters to their queue. */
export interface Redriven {
  readonly queue: HubQueue['name'];
  /** Ids under which they were dead. */
  readonly returned: readonly string[];
  /** Returned, and given up again at once: their cause is not mended. */
  readonly came_back: readonly string[];
  readonly failed: readonly { readonly message_id: string; readonly detail: string }[];
}

/** Seconds that messages are hidden from others while we look at them; put back to 0 as soon as we have. */
const HIDDEN = 60;

/** The most that SQS gives, or takes, in one call. */
const BATCH = 10;

/** What there is in a dead-letter queue. Nothing is changed but the count of times received. */
export async function listDeadLetters(sqs: SQSClient, queue: HubQueue): Promise<Listed> {
  const about = await countOf(sqs, queue);
  const held = new Map<string, Message>();
  try {
    for (let some = await receive(sqs, queue); hold(held, some) > 0; ) some = await receive(sqs, queue);
  } finally {
    await putBack(sqs, queue, held);
  }
  const letters = [...held.values()].map((message) => deadLetter(queue.name, message));
  return { letters, about: Math.max(about, letters.length) };
}

/**
 * Returns dead letters to their queue: all of it, or the one with an id.
 *
 * Each is sent anew under a deduplication id of its own and deleted here once the queue has it. SQS's own
 * StartMessageMoveTask would send it under the one that it had: within five minutes of the first sending the queue takes it
 * for that one, says yes, and drops it. Where we are killed in between, the message is in both; returned once more, its
 * deduplication id is the same again.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
 */
export async function redriveDeadLetters(sqs: SQSClient, queue: HubQueue, only?: string): Promise<Redriven> {
  const returned: string[] = [];
  const came_back: string[] = [];
  const failed: { message_id: string; detail: string }[] = [];
  /** Ids that the returned ones have now. */
  const now = new Set<string>();
  const held = new Map<string, Message>();
  try {
    for (let more = true; more; ) {
      const some = await receive(sqs, queue);
      for (const message of some) {
        const id = idOf(message);
        if (isBack(message, now)) came_back.push(id);
        else if (only === undefined || id === only) {
          const detail = await returnOne(sqs, queue, message, now);
          if (detail === undefined) returned.push(id);
          else failed.push({ message_id: id, detail });
        }
      }
      const left = some.filter((message) => !returned.includes(idOf(message)));
      const fresh = hold(held, left) + some.length - left.length;
      more = fresh > 0 && !(only !== undefined && returned.includes(only));
    }
  } finally {
    await putBack(sqs, queue, held);
  }
  return { queue: queue.name, returned, came_back: [...new Set(came_back)], failed };
}

const idOf = ({ MessageId }: Message): string => MessageId ?? '';

/** Keeps messages from being seen until they are put back. Returns how many are new: one that was hidden for too long comes twice. */
function hold(held: Map<string, Message>, some: readonly Message[]): number {
  const before = held.size;
  for (const message of some) held.set(idOf(message), message);
  return held.size - before;
}

/** Whether it is one that we returned: what is not ours is set aside again under the id that it had in the queue, others keep theirs. */
const isBack = (message: Message, now: ReadonlySet<string>): boolean =>
  [idOf(message), message.Attributes?.MessageDeduplicationId ?? ''].some((id) => now.has(id));

/** Sends one anew, and only then deletes it. Returns what AWS said where it refused. */
async function returnOne(
  sqs: SQSClient,
  queue: HubQueue,
  message: Message,
  now: Set<string>,
): Promise<string | undefined> {
  try {
    now.add(await sendAnew(sqs, queue, message));
    await remove(sqs, queue, message);
    return undefined;
  } catch (error) {
    if (error instanceof AwsFailure) return error.message;
    throw error;
  }
}

async function countOf(sqs: SQSClient, { name, dead_letters }: HubQueue): Promise<number> {
  const { Attributes } = await asking(`counting the dead letters of ${name}`, () =>
    sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: dead_letters, AttributeNames: ['ApproximateNumberOfMessages'] }),
    ),
  );
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
}

async function receive(sqs: SQSClient, { name, dead_letters }: HubQueue): Promise<readonly Message[]> {
  const { Messages = [] } = await asking(`looking at the dead letters of ${name}`, () =>
    sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: dead_letters,
        MaxNumberOfMessages: BATCH,
        VisibilityTimeout: HIDDEN,
        // A short poll asks some of the servers only, and may find nothing where there is something.
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    ),
  );
  return Messages;
}

/** Lets others see messages again. */
async function putBack(
  sqs: SQSClient,
  { name, dead_letters }: HubQueue,
  held: ReadonlyMap<string, Message>,
): Promise<void> {
  const messages = [...held.values()];
  for (let from = 0; from < messages.length; from += BATCH) {
    const Entries = messages
      .slice(from, from + BATCH)
      .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
    await asking(`putting back the dead letters of ${name}`, () =>
      sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: dead_letters, Entries })),
    );
  }
}

/** Returns the id that the message has from now on. */
async function sendAnew(sqs: SQSClient, { name, url }: HubQueue, message: Message): Promise<string> {
  const { Body, Attributes, MessageId } = message;
  // The reason that it was set aside for is over: where it is given up again, another is told.
  const { reason: _reason, ...MessageAttributes } = message.MessageAttributes ?? {};
  const sent = await asking(`returning ${MessageId} to ${name}`, () =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: Body,
        MessageGroupId: Attributes?.MessageGroupId ?? 'returned',
        MessageDeduplicationId: `returned-${MessageId}`,
        MessageAttributes,
      }),
    ),
  );
  return sent.MessageId ?? '';
}

async function remove(sqs: SQSClient, { name, dead_letters }: HubQueue, message: Message): Promise<void> {
  await asking(`deleting ${message.MessageId} from the dead letters of ${name}`, () =>
    sqs.send(new DeleteMessageCommand({ QueueUrl: dead_letters, ReceiptHandle: message.ReceiptHandle })),
  );
}
