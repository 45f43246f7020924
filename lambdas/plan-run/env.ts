import { CellQueueEnv, DeadLetterEnv, EventBusEnv, HubTermsEnv, MongoEnv, PlanQueueEnv } from '../environment.ts';

export const PlanRunEnv = {
  ...MongoEnv,
  ...PlanQueueEnv,
  ...DeadLetterEnv,
  ...CellQueueEnv,
  ...EventBusEnv,
  ...HubTermsEnv,
};
