import { CellQueueEnv, EventBusEnv, HubTermsEnv, MongoEnv } from '../environment.ts';

export const PlanRunEnv = { ...MongoEnv, ...CellQueueEnv, ...EventBusEnv, ...HubTermsEnv };
