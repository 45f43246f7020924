import * as z from 'zod';
import {
  AwsAccessEnv,
  CellQueueEnv,
  DeadLetterEnv,
  EventBusEnv,
  IdentityCenterEnv,
  MongoEnv,
  PlanQueueEnv,
} from '../environment.ts';

export const CollectAwsEnv = {
  ...MongoEnv,
  ...DeadLetterEnv,
  ...PlanQueueEnv,
  ...CellQueueEnv,
  ...EventBusEnv,
  ...AwsAccessEnv,
  ...IdentityCenterEnv,
  /** Observations after which a cell goes on in a further part. */
  PART_SIZE: z.coerce.number().int().min(1),
};
