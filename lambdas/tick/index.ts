import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SECOND } from '../../src/kernel/time.ts';
import { endDeleted } from '../../src/runs/end-deleted.ts';
import { followSettings } from '../../src/stitch/follow-settings.ts';
import { cellStore } from '../../src/store/cells.ts';
import { COLLECTIONS, WITH_OUTBOX } from '../../src/store/collections.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { connectorSyncStore } from '../../src/store/connector-syncs.ts';
import { ensureIndexes } from '../../src/store/database.ts';
import { flushLeft } from '../../src/store/outbox.ts';
import { pushBatchStore } from '../../src/store/push-batches.ts';
import { pushSourceStore } from '../../src/store/push-sources.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { correlationSettingsStore } from '../../src/store/tenant-correlation-settings.ts';
import { endingDeps } from '../ending.ts';
import { readEnv } from '../environment.ts';
import { signalsTo } from '../event-bus.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { cellQueue, planAgain, planQueue, stitchQueue } from '../queues.ts';
import { TickEnv } from './env.ts';
import { tickHandler } from './handler.ts';

const env = readEnv(TickEnv, process.env);
const sqs = new SQSClient({});
const events = new EventBridgeClient({});
const logger = new Logger({ serviceName: 'tick' });
const sendPlan = planQueue(sqs, env.PLAN_QUEUE_URL);
const enqueueStitch = stitchQueue(sqs, env.STITCH_QUEUE_URL);
const now = () => new Date();

/** Documents with something left in their outbox that one tick looks after; what is more comes next. */
const MOST_LEFT = 500;

const ready = onceReady(async () => {
  const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
  await ensureIndexes(db, COLLECTIONS);
  const runs = scanRunStore(db, signalsTo(events, env.EVENT_BUS_NAME));
  const instances = connectorInstanceStore(db);
  const syncs = connectorSyncStore(db);
  const due = stitchDueStore(db);
  const asking = { due, enqueueStitch, delay: env.STITCH_DELAY_SECONDS * SECOND, now };
  return tickHandler({
    start: { scopes: scanScopeStore(db), instances, runs, enqueuePlan: sendPlan, newId: randomUUID, now },
    repair: {
      runs,
      cells: cellStore(db),
      enqueueCells: cellQueue(sqs, env.CELL_QUEUE_URL),
      enqueuePlan: planAgain(runs, sendPlan),
      now,
    },
    push: {
      runs,
      cells: cellStore(db),
      batches: pushBatchStore(db),
      openPushRuns: pushSourceStore(db).openPushRuns,
      openSyncs: syncs.open,
      finishSync: syncs.finish,
      enqueueCells: cellQueue(sqs, env.CELL_QUEUE_URL),
      newOwner: randomUUID,
      now,
    },
    followSettings: () => followSettings(correlationSettingsStore(db), asking, MOST_LEFT),
    stitch: { due, enqueueStitch, now },
    endDeleted: () => endDeleted(endingDeps(db, runs, sendPlan, now)),
    moveOn: () => flushLeft(db, WITH_OUTBOX, MOST_LEFT),
    report: (started) => logger.info('scopes were due', { ...started }),
  });
});

export const handler = async (): Promise<void> => (await ready())();
