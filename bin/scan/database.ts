import type { Db } from 'mongodb';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { connect, ensureIndexes } from '../../src/store/database.ts';
import { type Mongo, startMongo, withDatabase } from '../../tools/local/mongo.ts';
import { UsageError } from '../usage-error.ts';

/** The database that a scan writes into. */
export interface ScanDatabase {
  readonly db: Db;
  /** Where somebody else finds it. Of MONGODB_URI only the database is named: the rest may hold a password. */
  readonly where: string;
  /** Whether it stays when this process ends. */
  readonly stays: boolean;
  readonly close: () => Promise<void>;
}

/** The database where a MONGODB_URI names none. */
const DATABASE = 'throughline';

/**
 * Opens the database that MONGODB_URI names, or starts a server that ends with this process.
 * @throws UsageError where MONGODB_URI is none, or nobody answers there.
 */
export async function openDatabase(env: NodeJS.ProcessEnv): Promise<ScanDatabase> {
  const given = env.MONGODB_URI;
  return given ? openGiven(given) : openOwn(await startMongo());
}

async function openGiven(given: string): Promise<ScanDatabase> {
  const { client, db } = await reached(named(given));
  await ensureIndexes(db, COLLECTIONS);
  const where = `the database "${db.databaseName}" of MONGODB_URI`;
  return { db, where, stays: true, close: () => client.close() };
}

async function openOwn(mongo: Mongo): Promise<ScanDatabase> {
  try {
    const { client, db } = await connect(mongo.uri);
    await ensureIndexes(db, COLLECTIONS);
    const close = async (): Promise<void> => {
      await client.close();
      await mongo.stop();
    };
    return { db, where: mongo.uri, stays: false, close };
  } catch (error) {
    await mongo.stop();
    throw error;
  }
}

/** The URI with a database in it. @throws UsageError where it is no URI of MongoDB */
function named(uri: string): string {
  const [, database] = /^mongodb(?:\+srv)?:\/\/[^/?]+(?:\/([^?]*))?/.exec(uri) ?? [];
  if (database) return uri;
  try {
    return withDatabase(uri, DATABASE);
  } catch (cause) {
    throw new UsageError('MONGODB_URI is not a MongoDB connection string', { cause });
  }
}

async function reached(uri: string): ReturnType<typeof connect> {
  try {
    return await connect(uri);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`no database answers at MONGODB_URI: ${said}`, { cause });
  }
}
