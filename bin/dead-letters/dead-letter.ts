import type { Message } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { parsedJson } from '../parsed-json.ts';
import type { QueueName } from './hub-queues.ts';

/** A message that was given up: what it is about, and why. */
export interface DeadLetter {
  readonly queue: QueueName;
  readonly message_id: string;
  /** Why it was set aside; absent where it was received too often without success. */
  readonly reason?: string;
  /** What it names, as far as it is one of ours. */
  readonly names: z.infer<typeof Named>;
  /** Times it was received, of any queue; each list counts as well. */
  readonly received: number;
  /** When it came to the dead letters. */
  readonly since?: string;
  readonly body: string;
}

/** Of the messages in `src/runs/messages.ts`; one that is not ours may name anything. */
const Named = z.object({
  tenant_id: z.string().optional(),
  run_id: z.string().optional(),
  cell_id: z.string().optional(),
  generation: z.number().optional(),
});

/** What a message of a dead-letter queue says. */
export function deadLetter(queue: QueueName, message: Message): DeadLetter {
  const { Body: body = '', Attributes, MessageAttributes } = message;
  const reason = MessageAttributes?.reason?.StringValue;
  const sent = Number(Attributes?.SentTimestamp);
  return {
    queue,
    message_id: message.MessageId ?? '',
    ...(reason !== undefined && { reason }),
    names: Named.safeParse(parsedJson(body)).data ?? {},
    received: Number(Attributes?.ApproximateReceiveCount ?? 0),
    ...(Number.isFinite(sent) && { since: new Date(sent).toISOString() }),
    body,
  };
}
