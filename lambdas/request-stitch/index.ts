import { SQSClient } from '@aws-sdk/client-sqs';
import { SECOND } from '../../src/kernel/time.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { readEnv } from '../environment.ts';
import { databaseFromSecret } from '../mongo.ts';
import { stitchQueue } from '../queues.ts';
import { RequestStitchEnv } from './env.ts';
import { requestStitchHandler } from './handler.ts';

const env = readEnv(RequestStitchEnv, process.env);
const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);

export const handler = requestStitchHandler({
  due: stitchDueStore(db),
  enqueueStitch: stitchQueue(new SQSClient({}), env.STITCH_QUEUE_URL),
  delay: env.STITCH_DELAY_SECONDS * SECOND,
  now: () => new Date(),
});
