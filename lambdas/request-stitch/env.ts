import { MongoEnv, StitchRequestEnv } from '../environment.ts';

export const RequestStitchEnv = { ...MongoEnv, ...StitchRequestEnv };
