import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mongo, startMongo, withDatabase } from '../../tools/local/mongo.ts';

let mongo: Mongo;
let client: MongoClient;

beforeAll(async () => {
  mongo = await startMongo();
  client = await new MongoClient(mongo.uri).connect();
});
afterAll(async () => {
  await client?.close();
  await mongo?.stop();
});

interface Item {
  readonly _id: string;
  readonly version: number;
  readonly seen?: readonly string[];
}

test('the driver writes, finds and compares by version', async () => {
  const items = client.db().collection<Item>('items');
  const write = (version: number, seen: string) =>
    items.findOneAndUpdate(
      { _id: 'one', version },
      { $inc: { version: 1 }, $addToSet: { seen } },
      { returnDocument: 'after' },
    );
  await items.insertOne({ _id: 'one', version: 1 });
  expect(await write(1, 'first')).toEqual({ _id: 'one', version: 2, seen: ['first'] });
  expect(await write(1, 'late')).toBeNull();
});

test('a unique index refuses the second of the same', async () => {
  const items = client.db().collection('unique');
  await items.createIndex({ tenant_id: 1, name: 1 }, { unique: true });
  await items.insertOne({ tenant_id: 't', name: 'n' });
  await expect(items.insertOne({ tenant_id: 't', name: 'n' })).rejects.toMatchObject({ code: 11_000 });
});

test('a server that MONGODB_URI names is given a database of its own, which is dropped at the end', async () => {
  const before = process.env.MONGODB_URI;
  process.env.MONGODB_URI = mongo.uri;
  try {
    const given = await startMongo();
    expect(given.kind).toBe('given');
    expect(given.uri).toMatch(/\/throughline_[0-9a-f]{12}$/);
    const guest = new MongoClient(given.uri);
    await guest.db().collection('items').insertOne({ name: 'n' });
    const name = guest.db().databaseName;
    expect(await databases()).toContain(name);
    await guest.close();
    await given.stop();
    expect(await databases()).not.toContain(name);
  } finally {
    if (before === undefined) delete process.env.MONGODB_URI;
    else process.env.MONGODB_URI = before;
  }
});

async function databases(): Promise<string[]> {
  const { databases } = await client.db().admin().listDatabases();
  return databases.map(({ name }) => name);
}

describe('a connection string with another database', () => {
  test.each([
    ['mongodb://127.0.0.1:27017', 'mongodb://127.0.0.1:27017/x'],
    ['mongodb://a:1,b:2/old?replicaSet=rs', 'mongodb://a:1,b:2/x?replicaSet=rs'],
    [
      'mongodb+srv://u:p@cluster.example.com/?retryWrites=true',
      'mongodb+srv://u:p@cluster.example.com/x?retryWrites=true&authSource=admin',
    ],
    ['mongodb://u:p@host/old', 'mongodb://u:p@host/x?authSource=old'],
    ['mongodb://u:p@host/old?authSource=other', 'mongodb://u:p@host/x?authSource=other'],
  ])('%s becomes %s', (given, expected) => {
    expect(withDatabase(given, 'x')).toBe(expected);
  });

  test('what is no connection string is refused without being repeated, since it may hold a password', () => {
    expect(() => withDatabase('http://u:secret@host', 'x')).toThrow(/^MONGODB_URI is not a MongoDB connection string$/);
  });
});
