import { randomUUID } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { Logger } from '@aws-lambda-powertools/logger';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { SECOND } from '../../src/kernel/time.ts';
import { StitchMessage } from '../../src/runs/messages.ts';
import { stitchStores } from '../../src/store/stitch-stores.ts';
import { consumer } from '../consumer.ts';
import { LambdaEnv, readEnv, searchLimits } from '../environment.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { answerOrders, computeInThread, heapOf } from './compute-thread.ts';
import { StitchEnv } from './env.ts';
import { type StitchWorkDeps, stitchNow, stitchWork } from './handler.ts';

function stitcher() {
  const env = readEnv(StitchEnv, process.env);
  const { AWS_LAMBDA_FUNCTION_MEMORY_SIZE } = readEnv(LambdaEnv, process.env);
  const thread = { module: new URL(import.meta.url), heap_mb: heapOf(AWS_LAMBDA_FUNCTION_MEMORY_SIZE) };
  const logger = new Logger({ serviceName: 'stitch' });
  const deps = onceReady(async (): Promise<StitchWorkDeps> => {
    const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
    return {
      ...stitchStores(db),
      compute: (tenant_id, options) => computeInThread(thread, tenant_id, options),
      newId: randomUUID,
      patience: env.STITCH_PATIENCE_SECONDS * SECOND,
      limits: searchLimits(env),
      now: () => new Date(),
      report: (message, outcome) => logger.info('stitch', { ...message, outcome }),
    };
  });
  const queue = {
    sqs: new SQSClient({}),
    url: env.STITCH_QUEUE_URL,
    dead_letters: env.DEAD_LETTER_QUEUE_URL,
    logger,
  };
  const consume = consumer(queue, StitchMessage, async () => stitchWork(await deps()));
  return async (event: SQSEvent | StitchMessage, context: Context): Promise<SQSBatchResponse | undefined> => {
    if ('Records' in event) return consume(event, context);
    await stitchNow(await deps())(event);
    return undefined;
  };
}

// The bundle is one file: the compute thread runs it again and takes orders instead of messages.
if (parentPort) answerOrders(parentPort);
export const handler = parentPort ? undefined : stitcher();
