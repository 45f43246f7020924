import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Mongo, startMongo } from '../../tools/local/mongo.ts';
import { type MongoProxy, startMongoProxy } from '../../tools/local/mongo-proxy.ts';

let mongo: Mongo;
let proxy: MongoProxy;
let client: MongoClient;
const collection = (name: string) => client.db().collection<{ _id: number; text?: string }>(name);

beforeAll(async () => {
  mongo = await startMongo();
  proxy = await startMongoProxy(mongo.uri);
  client = await MongoClient.connect(proxy.uri, { serverSelectionTimeoutMS: 1_000 });
});
beforeEach(() => proxy.resetWrites());
afterAll(async () => {
  await client?.close();
  await proxy?.stop();
  await mongo?.stop();
});

describe('the proxy in front of MongoDB', () => {
  it('counts documents, not commands', async () => {
    await collection('things').insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    await collection('things').bulkWrite([
      { updateOne: { filter: { _id: 1 }, update: { $set: { text: 'a' } } } },
      { updateOne: { filter: { _id: 2 }, update: { $set: { text: 'b' } } } },
    ]);
    await collection('others').deleteMany({ _id: 9 });
    await collection('others').findOneAndUpdate({ _id: 8 }, { $set: { text: 'c' } }, { upsert: true });
    expect(proxy.writes()).toEqual({ things: 5, others: 2 });
  });

  it('counts a command that arrives in many pieces once', async () => {
    const text = 'x'.repeat(2_000_000);
    await collection('large').insertMany([
      { _id: 1, text },
      { _id: 2, text },
    ]);
    expect(proxy.writes()).toEqual({ large: 2 });
  });

  it('counts no reads', async () => {
    await collection('things').find({}).toArray();
    await collection('things').countDocuments();
    expect(proxy.writes()).toEqual({});
  });

  it('is away, and comes back with everything there', async () => {
    await collection('kept').insertOne({ _id: 1 });
    proxy.goAway();
    await expect(collection('kept').findOne({ _id: 1 })).rejects.toThrow();
    proxy.comeBack();
    expect(await collection('kept').findOne({ _id: 1 })).toEqual({ _id: 1 });
  });
});
