import { SQSClient } from '@aws-sdk/client-sqs';
import type { EventBridgeEvent } from 'aws-lambda';
import { SECOND } from '../../src/kernel/time.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { readEnv } from '../environment.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { stitchQueue } from '../queues.ts';
import { RequestStitchEnv } from './env.ts';
import { requestStitchHandler } from './handler.ts';

const env = readEnv(RequestStitchEnv, process.env);

const ready = onceReady(async () =>
  requestStitchHandler({
    due: stitchDueStore(await databaseFromSecret(env.MONGODB_SECRET_ARN)),
    enqueueStitch: stitchQueue(new SQSClient({}), env.STITCH_QUEUE_URL),
    delay: env.STITCH_DELAY_SECONDS * SECOND,
    now: () => new Date(),
  }),
);

export const handler = async (event: EventBridgeEvent<string, unknown>): Promise<void> => (await ready())(event);
