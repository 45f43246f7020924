import * as z from 'zod';
import { CellQueueEnv, DeadLetterEnv, EventBusEnv, MongoEnv, PlanQueueEnv } from '../environment.ts';

export const CollectAwsEnv = {
  ...MongoEnv,
  ...DeadLetterEnv,
  ...PlanQueueEnv,
  ...CellQueueEnv,
  ...EventBusEnv,
  /** The name of the role to enter in every account. */
  SPOKE_ROLE_NAME: z.string().min(1),
  /** The role that lists the organization's accounts; without it the hub's own rights do. */
  AWS_ORGANIZATION_ROLE_ARN: z.string().startsWith('arn:').optional(),
  /** Observations after which a cell goes on in a further part. */
  PART_SIZE: z.coerce.number().int().min(1),
};
