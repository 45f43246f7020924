import { AwsAccessEnv, MongoEnv } from '../environment.ts';

export const CheckAwsEnv = { ...MongoEnv, ...AwsAccessEnv };
