import * as z from 'zod';
import { DeadLetterEnv, LambdaEnv, MongoEnv, SearchLimitsEnv, StitchQueueEnv } from '../environment.ts';

export const StitchEnv = {
  ...MongoEnv,
  ...StitchQueueEnv,
  ...DeadLetterEnv,
  ...SearchLimitsEnv,
  /** After this many seconds since the first change a stitch is no longer put off for a later one. */
  STITCH_PATIENCE_SECONDS: z.coerce.number().int().min(0),
};

/** Megabytes of the function's memory that are not for the objects of the compute thread: this thread, buffers, Node itself. */
const RESERVED_MB = 512;

/** What the compute thread may take: Node gives a thread far less than a large function has. */
export const heapOf = (env: NodeJS.ProcessEnv): number => {
  const { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory } = z.object(LambdaEnv).parse(env);
  return Math.max(memory - RESERVED_MB, Math.floor(memory / 2));
};
