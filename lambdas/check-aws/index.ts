import type { Context } from 'aws-lambda';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { knownAccounts } from '../../src/store/known-accounts.ts';
import { LambdaEnv, readEnv } from '../environment.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { CheckAwsEnv } from './env.ts';
import { checkAwsHandler } from './handler.ts';

const env = readEnv(CheckAwsEnv, process.env);
const { AWS_REGION } = readEnv(LambdaEnv, process.env);

const ready = onceReady(async () => {
  const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
  return checkAwsHandler({
    instances: connectorInstanceStore(db),
    knownAccounts: (tenant, instance_id) => knownAccounts(db, tenant, instance_id),
    aws: {
      region: AWS_REGION,
      spoke_role_name: env.SPOKE_ROLE_NAME,
      ...(env.AWS_ORGANIZATION_ROLE_ARN && { organization_role_arn: env.AWS_ORGANIZATION_ROLE_ARN }),
    },
    now: () => new Date(),
  });
});

export const handler = async (event: unknown, context: Context) => (await ready())(event, context);
