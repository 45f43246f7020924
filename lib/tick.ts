import { Duration } from 'aws-cdk-lib';
import { type EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { TickEnv } from '../lambdas/tick/env.ts';
import type { DatabaseAccess } from './database-access.ts';
import { HubFunction } from './hub-function.ts';
import type { HubWide } from './hub-wide.ts';
import type { WorkQueue } from './work-queue.ts';

/** What the tick is wired to: everything that it may have to send again. */
export interface TickProps {
  readonly hub: HubWide;
  readonly database: DatabaseAccess;
  readonly plans: WorkQueue;
  readonly cells: WorkQueue;
  readonly stitches: WorkQueue;
  readonly events: EventBus;
}

/**
 * Every minute: starts what is due, sends again what was written and never sent, closes what lost its worker. Two ticks at
 * once do no harm, so no concurrency is reserved, which small accounts do not have.
 */
export class Tick extends Construct {
  readonly function: HubFunction<typeof TickEnv>;

  constructor(scope: Construct, id: string, props: TickProps) {
    super(scope, id);
    const { hub, database, plans, cells, stitches, events } = props;

    this.function = new HubFunction(this, 'Tick', {
      hub,
      duty: 'tick',
      description: 'Starts what is due and repairs what was lost',
      schema: TickEnv,
      environment: {
        MONGODB_SECRET_ARN: database.secretArn,
        PLAN_QUEUE_URL: plans.queue.queueUrl,
        CELL_QUEUE_URL: cells.queue.queueUrl,
        STITCH_QUEUE_URL: stitches.queue.queueUrl,
        STITCH_DELAY_SECONDS: `${hub.config.stitch.delay_seconds}`,
        EVENT_BUS_NAME: events.eventBusName,
      },
      timeout: Duration.seconds(60),
    });
    const { role } = this.function;
    database.grantConnect(role);
    for (const queue of [plans, cells, stitches]) queue.grantSend(role);
    events.grantPutEventsTo(role);

    new Rule(this, 'EveryMinute', {
      description: 'Starts what is due and repairs what was lost',
      schedule: Schedule.rate(Duration.minutes(1)),
      // A tick that failed is made good by the next one.
      targets: [new LambdaTarget(this.function.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });

    hub.alarms.raise(this, 'Stopped', {
      metric: this.function.function.metricInvocations({ period: Duration.minutes(5) }),
      below: 1,
      periods: 2,
    });
  }
}
