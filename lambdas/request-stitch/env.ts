import * as z from 'zod';
import { MongoEnv, StitchQueueEnv } from '../environment.ts';

export const RequestStitchEnv = {
  ...MongoEnv,
  ...StitchQueueEnv,
  /** The delay of the stitch queue, in seconds: how long the stitcher lets changes gather. */
  STITCH_DELAY_SECONDS: z.coerce.number().int().min(0).max(900),
};
