import { randomUUID } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { Logger } from '@aws-lambda-powertools/logger';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SECOND } from '../../src/kernel/time.ts';
import { StitchMessage } from '../../src/runs/messages.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { stitchInput } from '../../src/store/stitch-input.ts';
import { stitchRunStore } from '../../src/store/stitch-runs.ts';
import { stitchedPathStore } from '../../src/store/stitched-paths.ts';
import { consumer } from '../consumer.ts';
import { readEnv } from '../environment.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { answerOrders, computeInThread } from './compute-thread.ts';
import { StitchEnv } from './env.ts';
import { stitchWork } from './handler.ts';

function stitcher() {
  const env = readEnv(StitchEnv, process.env);
  const logger = new Logger({ serviceName: 'stitch' });
  const ready = onceReady(async () => {
    const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
    return stitchWork({
      due: stitchDueStore(db),
      input: (tenant_id) => stitchInput(db, tenant_id),
      compute: (tenant_id) => computeInThread(new URL(import.meta.url), tenant_id),
      paths: stitchedPathStore(db),
      stitch_runs: stitchRunStore(db),
      newId: randomUUID,
      patience: env.STITCH_PATIENCE_SECONDS * SECOND,
      now: () => new Date(),
      report: (message, outcome) => logger.info('stitch', { ...message, outcome }),
    });
  });
  const queue = {
    sqs: new SQSClient({}),
    url: env.STITCH_QUEUE_URL,
    dead_letters: env.DEAD_LETTER_QUEUE_URL,
    logger,
  };
  return consumer(queue, StitchMessage, ready);
}

// The bundle is one file: the compute thread runs it again and takes orders instead of messages.
if (parentPort) answerOrders(parentPort);
export const handler = parentPort ? undefined : stitcher();
