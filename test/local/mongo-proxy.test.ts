import { setTimeout as sleep } from 'node:timers/promises';
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

  it('stops a write before it is there, and lets it go on', async () => {
    const held = proxy.hold(({ collection: name }) => name === 'stopped', 'before');
    const written = collection('stopped').insertOne({ _id: 1, text: 'a' });
    expect(await held.reached).toMatchObject({ command: 'insert', collection: 'stopped', documents: 1 });
    expect((await held.reached).body.documents).toEqual([{ _id: 1, text: 'a' }]);
    expect(await collection('stopped').countDocuments()).toBe(0);
    await collection('others').insertOne({ _id: 1 });
    held.release();
    await written;
    expect(await collection('stopped').countDocuments()).toBe(1);
  });

  it('stops a write when it is there and its answer is not', async () => {
    const held = proxy.hold(() => true, 'after');
    let answered = false;
    const written = collection('answered')
      .insertOne({ _id: 1 })
      .then(() => {
        answered = true;
      });
    await held.reached;
    expect(await collection('answered').countDocuments()).toBe(1);
    expect(answered).toBe(false);
    held.release();
    await written;
  });

  it('takes a stopped write along where the client goes away', async () => {
    const leaving = await MongoClient.connect(proxy.uri);
    const held = proxy.hold(({ collection: name }) => name === 'left', 'before');
    const lost = leaving.db().collection('left').insertOne({ text: 'never' });
    lost.catch(() => undefined);
    await held.reached;
    await leaving.close(true);
    await expect(lost).rejects.toThrow();
    // The proxy must have seen that it is gone.
    await sleep(100);
    held.release();
    expect(await collection('left').countDocuments()).toBe(0);
  });

  it('counts commands, too: a bulk is one', async () => {
    await collection('bulk').insertMany([{ _id: 1 }, { _id: 2 }]);
    await collection('bulk').deleteMany({ _id: 9 });
    expect(proxy.commands()).toBe(2);
  });
});
