import { Duration, Validations } from 'aws-cdk-lib';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AskGraphEnv } from '../lambdas/ask-graph/env.ts';
import { RequestStitchEnv } from '../lambdas/request-stitch/env.ts';
import { StitchEnv } from '../lambdas/stitch/env.ts';
import { CELL_STOPPED } from '../src/runs/cancel-run.ts';
import { REMOVAL_RELEASED } from '../src/runs/release-cell.ts';
import { RUN_FINISHED } from '../src/runs/run.ts';
import type { DatabaseAccess } from './database-access.ts';
import { HubFunction } from './hub-function.ts';
import type { HubWide } from './hub-wide.ts';
import type { WorkQueue } from './work-queue.ts';

/** What stitching is wired to. */
export interface StitchingProps {
  readonly hub: HubWide;
  readonly database: DatabaseAccess;
  /** Where it is told that a run is over. */
  readonly events: EventBus;
  /** Delayed: tenants whose paths are to be looked at again. */
  readonly stitches: WorkQueue;
}

/** Tenants stitched at once; a tenant is a message group, so each is stitched once at a time. */
const CONCURRENCY = 5;

/** A run that is over becomes a request to stitch, and after the delay the request becomes correlations and paths. */
export class Stitching extends Construct {
  readonly requestStitch: HubFunction<typeof RequestStitchEnv>;
  readonly stitch: HubFunction<typeof StitchEnv>;
  /** Answers questions that need a whole graph: the API calls it and waits. */
  readonly askGraph: HubFunction<typeof AskGraphEnv>;

  constructor(scope: Construct, id: string, props: StitchingProps) {
    super(scope, id);
    const { hub, database, events, stitches } = props;
    const { stitch, questions } = hub.config;
    const limits = {
      STITCH_MAX_HOPS: `${stitch.max_hops}`,
      STITCH_MAX_ALTERNATIVES: `${stitch.max_alternatives}`,
    };

    this.requestStitch = new HubFunction(this, 'RequestStitch', {
      hub,
      duty: 'request-stitch',
      description: 'Raises the generation of a tenant whose run is over',
      schema: RequestStitchEnv,
      environment: {
        MONGODB_SECRET_ARN: database.secretArn,
        STITCH_QUEUE_URL: stitches.queue.queueUrl,
        STITCH_DELAY_SECONDS: `${stitch.delay_seconds}`,
      },
      timeout: Duration.seconds(60),
    });
    database.grantConnect(this.requestStitch.role);
    stitches.grantSend(this.requestStitch.role);

    // Two ways to lose an event, and one place for both: it does not reach the function, or the function fails on it.
    const deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue, of a rule and a function; the check knows only those of other queues',
    });
    new Rule(this, 'RunFinished', {
      description: 'A run is over: its tenant is to be stitched',
      eventBus: events,
      eventPattern: { detailType: [RUN_FINISHED, REMOVAL_RELEASED, CELL_STOPPED] },
      targets: [
        new LambdaTarget(this.requestStitch.function, {
          deadLetterQueue: deadLetters,
          maxEventAge: Duration.hours(2),
          retryAttempts: 20,
        }),
      ],
    });
    this.requestStitch.failTo(deadLetters);
    hub.alarms.raise(this, 'DeadLettered', {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
    });

    this.stitch = new HubFunction(this, 'Stitch', {
      hub,
      duty: 'stitch',
      description: 'Correlates, joins identities and finds paths of one tenant',
      schema: StitchEnv,
      environment: {
        MONGODB_SECRET_ARN: database.secretArn,
        STITCH_QUEUE_URL: stitches.queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: stitches.deadLetters.queueUrl,
        STITCH_PATIENCE_SECONDS: `${stitch.patience_seconds}`,
        ...limits,
      },
      timeout: stitches.longestWork,
      memory: stitch.memory_mb,
    });
    database.grantConnect(this.stitch.role);
    stitches.grantSetAside(this.stitch.role);

    stitches.feed(this.stitch.function, CONCURRENCY);
    // A stitch that somebody wants now is due as well: where this call fails, the tick sends it.
    this.stitch.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(5) });

    this.askGraph = new HubFunction(this, 'AskGraph', {
      hub,
      duty: 'ask-graph',
      description: 'Answers questions that need the whole graph of what a caller sees',
      schema: AskGraphEnv,
      environment: {
        MONGODB_SECRET_ARN: database.secretArn,
        ...limits,
        MAX_DOCUMENTS: `${questions.max_documents}`,
      },
      // The API waits for it, and has 29 s itself.
      timeout: Duration.seconds(27),
      memory: questions.memory_mb,
    });
    database.grantConnect(this.askGraph.role);
  }
}
