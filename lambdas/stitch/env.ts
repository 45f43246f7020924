import * as z from 'zod';
import { DeadLetterEnv, MongoEnv, SearchLimitsEnv, StitchQueueEnv } from '../environment.ts';

export const StitchEnv = {
  ...MongoEnv,
  ...StitchQueueEnv,
  ...DeadLetterEnv,
  ...SearchLimitsEnv,
  /** After this many seconds since the first change a stitch is no longer put off for a later one. */
  STITCH_PATIENCE_SECONDS: z.coerce.number().int().min(0),
};
