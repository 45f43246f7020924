import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { HubWide } from './hub-wide.ts';

/** What a queue of work is made of. */
export interface WorkQueueProps {
  readonly hub: HubWide;
  /** The longest that work on one message may take: the timeout of the function behind the queue. */
  readonly longestWork: Duration;
  /** How long each message waits before it can be seen. @default not at all */
  readonly delay?: Duration;
  /** A message that was received this often will not succeed by being received once more. @default 10 */
  readonly mostReceives?: number;
  /** Messages older than this raise an alarm. */
  readonly tooOld: Duration;
}

/**
 * A FIFO queue between two stages, with its dead-letter queue and alarms. Messages of one group are worked on in order, one
 * at a time. They hold ids and nothing else, so the encryption that SQS manages (and does not charge for) is enough.
 */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly longestWork: Duration;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.longestWork = props.longestWork;

    this.deadLetters = new Queue(this, 'DeadLetters', {
      fifo: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      fifo: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Messages are hints: `tick` sends again what was lost. A day is long enough for an outage.
      retentionPeriod: Duration.days(1),
      ...(props.delay && { deliveryDelay: props.delay }),
      // A message must not come again while it is worked on. Lambda recommends six times the timeout, for batches that are
      // throttled; here a batch is one message and workers that hold it longer say so.
      visibilityTimeout: props.longestWork.plus(Duration.seconds(30)),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.mostReceives ?? 10 },
    });

    props.hub.alarms.raise(this, 'DeadLettered', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
    });
    props.hub.alarms.raise(this, 'Waiting', {
      metric: this.queue.metricApproximateAgeOfOldestMessage(),
      above: props.tooOld.toSeconds(),
    });
  }

  /** Lets somebody put messages into the queue; nothing else. */
  grantSend(sender: IGrantable): void {
    this.queue.grant(sender, 'sqs:SendMessage');
  }

  /** Lets a worker put a message aside which it cannot work on: one that is not ours. */
  grantSetAside(worker: IGrantable): void {
    this.deadLetters.grant(worker, 'sqs:SendMessage');
  }

  /** Gives each message to a function, one at a time, at most `maxConcurrency` at once. */
  feed(worker: LambdaFunction, maxConcurrency: number): void {
    worker.addEventSource(
      new SqsEventSource(this.queue, { batchSize: 1, maxConcurrency, reportBatchItemFailures: true }),
    );
  }
}
