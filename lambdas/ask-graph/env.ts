import * as z from 'zod';
import { MongoEnv, SearchLimitsEnv } from '../environment.ts';

export const AskGraphEnv = {
  ...MongoEnv,
  ...SearchLimitsEnv,
  /** Entities and edges beyond which no question is answered. */
  MAX_DOCUMENTS: z.coerce.number().int().min(1),
};
