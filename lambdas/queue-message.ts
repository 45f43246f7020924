import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { AppError } from '../src/kernel/failures.ts';

/** What to do with a message that is not ours, or that is to come again. */
export interface MessageDeps {
  /** Puts a message aside where a person looks at it, and says why. */
  readonly setAside: (record: SQSRecord, why: AppError) => Promise<void>;
}

/** What a message came to: dealt with, or to be delivered again. */
export type MessageOutcome = 'done' | 'again';

/**
 * One message at a time (our queues are read with batch size 1), parsed by its schema. A message that is not ours (no JSON,
 * not of the schema, or naming what its tenant does not have) is set aside at once: it would fail each time it came.
 */
export const oneMessage =
  <T>(deps: MessageDeps, schema: z.ZodType<T>, work: (message: T, record: SQSRecord) => Promise<MessageOutcome>) =>
  async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of event.Records) {
      try {
        const outcome = await work(parsed(schema, record), record);
        if (outcome === 'again') batchItemFailures.push({ itemIdentifier: record.messageId });
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'foreign_message') throw error;
        await deps.setAside(record, error);
      }
    }
    return { batchItemFailures };
  };

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
