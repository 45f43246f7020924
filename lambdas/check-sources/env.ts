import { MongoEnv, SourceHostsEnv } from '../environment.ts';

export const CheckSourcesEnv = { ...MongoEnv, ...SourceHostsEnv };
