import { MongoEnv } from '../environment.ts';

export const CheckSourcesEnv = { ...MongoEnv };
