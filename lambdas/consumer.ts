import type { Logger } from '@aws-lambda-powertools/logger';
import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { AppError } from '../src/kernel/failures.ts';

/** What a message came to: dealt with, or to be delivered again in so many seconds. */
export type MessageOutcome = 'done' | { readonly again_in: number };

/** The message as it came, for work that outlasts its first invisibility. */
export interface Delivery {
  /** The same each time that the message comes. */
  readonly message_id: string;
  /** Hides the message from others for so many seconds from now. */
  readonly hide: (seconds: number) => Promise<void>;
  /** Milliseconds until the function is ended. */
  readonly remaining: () => number;
}

export type Work<T> = (message: T, delivery: Delivery) => Promise<MessageOutcome>;

/** The queue that a function reads, and where it puts what is not ours. */
export interface ConsumedQueue {
  readonly sqs: SQSClient;
  readonly url: string;
  readonly dead_letters: string;
  readonly logger: Logger;
}

/**
 * Seconds until a message comes again whose work threw: the queue's own invisibility is as long as the longest work, and a
 * database that was away for a moment is back long before.
 */
const RETRY = 20;

/**
 * Reads a queue of ours, one message at a time (batch size 1). A message that is not ours (no JSON, not of the schema, or
 * naming what its tenant does not have) is set aside with the reason at once: it would fail each time it came. Any other
 * failure is thrown, so that metrics and alarms see it, and the message comes again soon.
 */
export const consumer =
  <T>(queue: ConsumedQueue, schema: z.ZodType<T>, ready: () => Promise<Work<T>>) =>
  async (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of event.Records) {
      const delivery: Delivery = {
        message_id: record.messageId,
        hide: (seconds) => hide(queue, record, seconds),
        remaining: () => context.getRemainingTimeInMillis(),
      };
      const outcome = await dealWith(queue, schema, ready, record, delivery);
      if (outcome === 'done') continue;
      await delivery.hide(outcome.again_in);
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  };

async function dealWith<T>(
  queue: ConsumedQueue,
  schema: z.ZodType<T>,
  ready: () => Promise<Work<T>>,
  record: SQSRecord,
  delivery: Delivery,
): Promise<MessageOutcome> {
  try {
    const message = parsed(schema, record);
    const work = await ready();
    return await work(message, delivery);
  } catch (error) {
    if (error instanceof AppError && error.code === 'foreign_message') {
      await setAside(queue, record, error);
      return 'done';
    }
    // Where even that fails the message comes again later; the first failure is the one to be seen.
    await delivery.hide(RETRY).catch(() => undefined);
    throw error;
  }
}

function parsed<T>(schema: z.ZodType<T>, record: SQSRecord): T {
  let body: unknown;
  try {
    body = JSON.parse(record.body);
  } catch (cause) {
    throw new AppError('foreign_message', 'the message is not JSON', { cause });
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new AppError('foreign_message', `the message is not one of ours: ${issue?.path.join('.')} ${issue?.message}`);
}

const hide = async ({ sqs, url }: ConsumedQueue, record: SQSRecord, seconds: number): Promise<void> => {
  await sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: url,
      ReceiptHandle: record.receiptHandle,
      VisibilityTimeout: seconds,
    }),
  );
};

async function setAside(queue: ConsumedQueue, record: SQSRecord, why: AppError): Promise<void> {
  queue.logger.error('message set aside', { message_id: record.messageId, reason: why.message });
  await queue.sqs.send(
    new SendMessageCommand({
      QueueUrl: queue.dead_letters,
      MessageBody: record.body,
      MessageGroupId: record.attributes.MessageGroupId ?? 'foreign',
      MessageDeduplicationId: record.messageId,
      MessageAttributes: { reason: { DataType: 'String', StringValue: why.message.slice(0, 1_000) } },
    }),
  );
}
