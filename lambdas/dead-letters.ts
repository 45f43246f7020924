import type { Logger } from '@aws-lambda-powertools/logger';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { MessageDeps } from './queue-message.ts';

/** Moves messages that are not ours to a queue's dead-letter queue, with the reason as an attribute. */
export const deadLetters = (sqs: SQSClient, url: string, logger: Logger): MessageDeps => ({
  async setAside(record, why) {
    logger.error('message set aside', { message_id: record.messageId, reason: why.message });
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: record.body,
        MessageGroupId: record.attributes.MessageGroupId ?? 'foreign',
        MessageDeduplicationId: record.messageId,
        MessageAttributes: { reason: { DataType: 'String', StringValue: why.message.slice(0, 1_000) } },
      }),
    );
  },
});
