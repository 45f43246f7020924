import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Db } from 'mongodb';
import { connect } from '../src/store/database.ts';

/** Connects with the URI that the secret holds. Made once per cold start; the URI stays inside the driver. */
export async function databaseFromSecret(secretArn: string): Promise<Db> {
  const secrets = new SecretsManagerClient({});
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
  if (!SecretString?.startsWith('mongodb')) {
    throw new Error(`the secret ${secretArn} holds no MongoDB connection string: put one there (docs/deploy.md)`);
  }
  const { db } = await connect(SecretString);
  return db;
}
