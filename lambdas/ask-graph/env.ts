import * as z from 'zod';
import { MongoEnv, SearchLimitsEnv } from '../environment.ts';

export const AskGraphEnv = {
  ...MongoEnv,
  ...SearchLimitsEnv,
  /** Entities, edges and policy documents beyond which no question is answered. */
  MAX_DOCUMENTS: z.coerce.number().int().min(1),
};
