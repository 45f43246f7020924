import { type Collection, type Db, type Document, type IndexDescription, MongoClient } from 'mongodb';

/** A collection's name and the indexes that its store relies on. */
export interface CollectionPlan {
  readonly name: string;
  readonly indexes: readonly IndexDescription[];
}

/** Longest wait for one write or read, in milliseconds: for a server, then for its answer. Below every lease, so that no write outlives its owner's right to it. */
export const OPERATION_TIMEOUT = 20_000;
const FIND_SERVER = 5_000;

/** Connects to the database that the URI names; absent members are left out of documents, not stored as null. */
export async function connect(uri: string): Promise<{ readonly client: MongoClient; readonly db: Db }> {
  const client = new MongoClient(uri, {
    ignoreUndefined: true,
    maxPoolSize: 10,
    connectTimeoutMS: FIND_SERVER,
    serverSelectionTimeoutMS: FIND_SERVER,
    // A write that the driver tried again by itself could outlive the lease under which it was begun.
    retryWrites: false,
    socketTimeoutMS: OPERATION_TIMEOUT - FIND_SERVER,
  });
  await client.connect();
  return { client, db: client.db() };
}

export const collectionOf = <T extends Document>(db: Db, plan: CollectionPlan): Collection<T> =>
  db.collection<T>(plan.name);

/** Makes the indexes that are not there yet; harmless when repeated. */
export async function ensureIndexes(db: Db, plans: readonly CollectionPlan[]): Promise<void> {
  for (const { name, indexes } of plans) {
    if (indexes.length > 0) await db.collection(name).createIndexes([...indexes]);
  }
}

/** Whether a write failed because a document with this unique key is there already. */
export const isDuplicateKey = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 11_000;
