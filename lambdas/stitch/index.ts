import { randomUUID } from 'node:crypto';
import { isMainThread, parentPort } from 'node:worker_threads';
import { Logger } from '@aws-lambda-powertools/logger';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SECOND } from '../../src/kernel/time.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { stitchInput } from '../../src/store/stitch-input.ts';
import { stitchRunStore } from '../../src/store/stitch-runs.ts';
import { stitchedPathStore } from '../../src/store/stitched-paths.ts';
import { deadLetters } from '../dead-letters.ts';
import { readEnv } from '../environment.ts';
import { databaseFromSecret } from '../mongo.ts';
import { answerOrders, computeInThread } from './compute-thread.ts';
import { StitchEnv } from './env.ts';
import { stitchHandler } from './handler.ts';

async function stitcher() {
  const env = readEnv(StitchEnv, process.env);
  const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
  const logger = new Logger({ serviceName: 'stitch' });
  return stitchHandler({
    due: stitchDueStore(db),
    input: (tenant_id) => stitchInput(db, tenant_id),
    compute: (tenant_id) => computeInThread(new URL(import.meta.url), tenant_id),
    paths: stitchedPathStore(db),
    stitch_runs: stitchRunStore(db),
    newId: randomUUID,
    patience: env.STITCH_PATIENCE_SECONDS * SECOND,
    now: () => new Date(),
    report: (message, outcome) => logger.info('stitch', { ...message, outcome }),
    ...deadLetters(new SQSClient({}), env.DEAD_LETTER_QUEUE_URL, logger),
  });
}

// The bundle is one file: the compute thread runs it again and takes orders instead of messages.
if (parentPort) answerOrders(parentPort);
export const handler = isMainThread ? await stitcher() : undefined;
