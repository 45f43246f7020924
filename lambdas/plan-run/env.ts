import { CellQueueEnv, DeadLetterEnv, EventBusEnv, HubTermsEnv, MongoEnv } from '../environment.ts';

export const PlanRunEnv = { ...MongoEnv, ...DeadLetterEnv, ...CellQueueEnv, ...EventBusEnv, ...HubTermsEnv };
