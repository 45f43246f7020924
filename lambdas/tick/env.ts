import { CellQueueEnv, EventBusEnv, MongoEnv, PlanQueueEnv, StitchRequestEnv } from '../environment.ts';

export const TickEnv = { ...MongoEnv, ...PlanQueueEnv, ...CellQueueEnv, ...StitchRequestEnv, ...EventBusEnv };
