import { randomUUID } from 'node:crypto';
import type { Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { connect, ensureIndexes } from '../../src/store/database.ts';

/** Gives each test of a file an empty database with all indexes, connected to as the functions do. */
export function databaseOfItsOwn(): () => Db {
  let client: MongoClient;
  let db: Db;
  beforeAll(async () => {
    ({ client } = await connect(inject('mongoUri')));
  });
  afterAll(async () => {
    await client.close();
  });
  beforeEach(async () => {
    db = client.db(`test-${randomUUID().slice(0, 8)}`);
    await ensureIndexes(db, COLLECTIONS);
    return async () => {
      await db.dropDatabase();
    };
  });
  return () => db;
}

/** Calls at the same time what a race is about. */
export const atOnce = <T>(times: number, call: (index: number) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: times }, (_, index) => call(index)));

/** Everything that a stream gives. */
export async function read<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}
