import type { EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { PlanRunEnv } from '../lambdas/plan-run/env.ts';
import type { DatabaseAccess } from './database-access.ts';
import { HubFunction } from './hub-function.ts';
import { type HubWide, hubTerms } from './hub-wide.ts';
import type { WorkQueue } from './work-queue.ts';

/** What planning is wired to. */
export interface PlanningProps {
  readonly hub: HubWide;
  readonly database: DatabaseAccess;
  /** Runs to plan. */
  readonly plans: WorkQueue;
  /** Where their cells go. */
  readonly cells: WorkQueue;
  /** Where it is told that a run is over which had nothing to do. */
  readonly events: EventBus;
}

/** Runs planned at once. */
const CONCURRENCY = 10;

/** A run becomes cells: first the discovery, then all others. */
export class Planning extends Construct {
  readonly function: HubFunction<typeof PlanRunEnv>;

  constructor(scope: Construct, id: string, props: PlanningProps) {
    super(scope, id);
    const { hub, database, plans, cells, events } = props;

    this.function = new HubFunction(this, 'PlanRun', {
      hub,
      duty: 'plan-run',
      description: 'Plans the cells of a run',
      schema: PlanRunEnv,
      environment: {
        MONGODB_SECRET_ARN: database.secretArn,
        PLAN_QUEUE_URL: plans.queue.queueUrl,
        CELL_QUEUE_URL: cells.queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: plans.deadLetters.queueUrl,
        EVENT_BUS_NAME: events.eventBusName,
        ...hubTerms(hub.config),
      },
      timeout: plans.longestWork,
    });
    database.grantConnect(this.function.role);
    cells.grantSend(this.function.role);
    plans.grantSetAside(this.function.role);
    events.grantPutEventsTo(this.function.role);

    plans.feed(this.function.function, CONCURRENCY);
  }
}
