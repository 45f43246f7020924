import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const sqs = new SQSClient({});
const sts = new STSClient({});

/** Answers with what the authorizer verified, after it has put a message into the queue. */
export async function front(event) {
  const { claims } = event.requestContext.authorizer.jwt;
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.QUEUE_URL,
      MessageBody: JSON.stringify(claims),
      MessageGroupId: claims.org_id,
      MessageDeduplicationId: event.requestContext.requestId,
    }),
  );
  return { statusCode: 200, body: JSON.stringify({ claims, node: process.version, queue: process.env.QUEUE_URL }) };
}

/** Makes one call of its own for each message, so that the proxy sees that it ran. */
export async function back(event) {
  for (const record of event.Records) {
    await sts.send(new GetCallerIdentityCommand({}));
    console.log(record.body);
  }
}
