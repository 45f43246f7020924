import { CellQueueEnv, EventBusEnv, MongoEnv, PlanQueueEnv, StitchQueueEnv } from '../environment.ts';

export const TickEnv = { ...MongoEnv, ...PlanQueueEnv, ...CellQueueEnv, ...StitchQueueEnv, ...EventBusEnv };
