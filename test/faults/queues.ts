import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { ClientSettings } from '../../tools/local/aws/aws.ts';

export const QUEUES = ['plans', 'cells', 'stitches', 'dead', 'signals'] as const;
export type QueueName = (typeof QUEUES)[number];

/** A message that was taken off a queue, hidden there until it is deleted or shown again. */
export interface Taken {
  readonly queue: QueueName;
  readonly body: string;
  readonly group: string;
  /** The event that a function is invoked with. */
  readonly event: unknown;
  readonly message: Message;
}

/** Queues and a bus of the emulator which feed no function: whoever tests takes messages off them, and decides what becomes of each. */
export class Queues {
  readonly bus: string;
  readonly #sqs: SQSClient;
  readonly #urls: Readonly<Record<QueueName, string>>;
  #sent = 0;

  private constructor(sqs: SQSClient, bus: string, urls: Readonly<Record<QueueName, string>>) {
    this.#sqs = sqs;
    this.bus = bus;
    this.#urls = urls;
  }

  /** Makes them, with names of their own. Whatever gets onto the bus gets into the queue `signals`. */
  static async make(root: ClientSettings, account: string, name: string): Promise<Queues> {
    const sqs = new SQSClient(root);
    const events = new EventBridgeClient(root);
    const make = async (queue: QueueName): Promise<string> => {
      const fifo = queue !== 'signals';
      const Attributes = { VisibilityTimeout: '900', ...(fifo && { FifoQueue: 'true' }) };
      const QueueName = `${name}-${queue}${fifo ? '.fifo' : ''}`;
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      if (!QueueUrl) throw new Error(`queue ${name}-${queue} has no URL`);
      return QueueUrl;
    };
    const [plans, cells, stitches, dead, signals] = await Promise.all(QUEUES.map(make));
    await events.send(new CreateEventBusCommand({ Name: name }));
    const EventPattern = JSON.stringify({ source: ['throughline'] });
    await events.send(new PutRuleCommand({ Name: name, EventBusName: name, EventPattern }));
    const Arn = `arn:aws:sqs:${root.region}:${account}:${name}-signals`;
    await events.send(new PutTargetsCommand({ Rule: name, EventBusName: name, Targets: [{ Id: 'signals', Arn }] }));
    events.destroy();
    if (!plans || !cells || !stitches || !dead || !signals) throw new Error('a queue is missing');
    return new Queues(sqs, name, { plans, cells, stitches, dead, signals });
  }

  url(queue: QueueName): string {
    return this.#urls[queue];
  }

  /** The next message that may be had; of one message group one at a time. */
  async take(queue: QueueName): Promise<Taken | undefined> {
    const { Messages } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url(queue),
        MaxNumberOfMessages: 1,
        VisibilityTimeout: 900,
        WaitTimeSeconds: 0,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    const message = Messages?.[0];
    if (!message) return undefined;
    const { MessageId: messageId, ReceiptHandle: receiptHandle, Body: body = '', Attributes: attributes } = message;
    const event = { Records: [{ messageId, receiptHandle, body, attributes }] };
    return { queue, body, group: attributes?.MessageGroupId ?? '', event, message };
  }

  async delete({ queue, message }: Taken): Promise<void> {
    await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.url(queue), ReceiptHandle: message.ReceiptHandle }));
  }

  /** Ends the time for which a message is hidden: as if it had passed. */
  async show({ queue, message }: Taken): Promise<void> {
    await this.#sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.url(queue),
        ReceiptHandle: message.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
  }

  /** Sends a message once more: one that its queue has delivered twice, or kept for long. */
  async send(queue: QueueName, body: string, group = 'again'): Promise<void> {
    this.#sent += 1;
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: this.url(queue),
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: `again-${this.#sent}`,
      }),
    );
  }

  /** Loses everything that is in a queue, and gives it. */
  async lose(queue: QueueName): Promise<readonly Taken[]> {
    const lost: Taken[] = [];
    for (let taken = await this.take(queue); taken; taken = await this.take(queue)) {
      lost.push(taken);
      await this.delete(taken);
    }
    await this.#sqs.send(new PurgeQueueCommand({ QueueUrl: this.url(queue) }));
    return lost;
  }
}
