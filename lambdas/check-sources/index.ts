import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { THE_NETWORK } from '../../src/connectors/source-request.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { readEnv } from '../environment.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { CheckSourcesEnv } from './env.ts';
import { checkSourcesHandler } from './handler.ts';
import { secretReader } from './secrets.ts';

const env = readEnv(CheckSourcesEnv, process.env);

const ready = onceReady(async () => {
  const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
  return checkSourcesHandler({
    instances: connectorInstanceStore(db),
    readSecret: secretReader(new SecretsManagerClient({})),
    network: THE_NETWORK,
    source_hosts: env.SOURCE_HOSTS,
    now: () => new Date(),
  });
});

export const handler = async (event: unknown, context: Context) => (await ready())(event, context);
