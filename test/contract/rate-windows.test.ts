import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { MongoClient } from 'mongodb';
import { describe, expect, inject, it } from 'vitest';
import { rateLimit } from '../../lambdas/api/rate-limit.ts';
import { later, MINUTE } from '../../src/kernel/time.ts';
import { RATE_WINDOWS, rateWindowStore } from '../../src/store/rate-windows.ts';
import { START, TENANT } from '../control/builders.ts';
import { apiOnServer } from './api-on-server.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
const windows = () => rateWindowStore(db());

describe('a window', () => {
  it('takes exactly as many as it may, however many come at once and through however many functions', async () => {
    const admitted = await atOnce(60, () => windows().admit(TENANT, START, 40));
    expect(admitted.filter((one) => one)).toHaveLength(40);
    expect(await windows().admit(TENANT, START, 40)).toBe(false);
  });

  it('is one for each tenant and each minute', async () => {
    expect(await windows().admit(TENANT, START, 1)).toBe(true);
    expect(await windows().admit(TENANT, START, 1)).toBe(false);
    expect(await windows().admit('acme', START, 1)).toBe(true);
    expect(await windows().admit(TENANT, later(START, MINUTE), 1)).toBe(true);
  });

  it('is one small document, which the database forgets', async () => {
    await atOnce(20, () => windows().admit(TENANT, START, 100));
    expect(await db().collection(RATE_WINDOWS.name).find().toArray()).toEqual([
      {
        _id: `${TENANT}/${START.toISOString()}`,
        tenant_id: TENANT,
        requests: 20,
        expires_at: later(START, 2 * MINUTE),
      },
    ]);
    const indexes = await db().collection(RATE_WINDOWS.name).indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expires_at: 1 }, expireAfterSeconds: 0 }));
  });
});

describe('a limit', () => {
  const limit = (now: Date) =>
    rateLimit({
      windows: windows(),
      requests_per_minute: 3,
      now: () => now,
      uncounted: (error) => {
        throw error;
      },
    });

  it('says in how many whole seconds the next request is taken', async () => {
    const at = later(START, 12_300);
    const waits = [];
    for (let n = 0; n < 5; n += 1) waits.push(await limit(at)(TENANT));
    expect(waits).toEqual([undefined, undefined, undefined, 48, 48]);
    expect(await limit(later(START, MINUTE))(TENANT)).toBeUndefined();
  });
});

describe('a burst', () => {
  it('gets through as far as the limit goes, and is told when to come back; the public routes are open', async () => {
    const { ask, app } = apiOnServer(db(), {
      requests_per_minute: 12,
      counting_patience: 10_000,
      now: () => later(START, 15_000),
    });
    const answers = await atOnce(30, () => ask('GET', '/api/v1/scan-runs'));
    const refused = answers.filter(({ status }) => status === 429);
    expect([answers.length - refused.length, refused.length]).toEqual([12, 18]);
    expect(new Set(refused.map(({ headers }) => headers.get('retry-after')))).toEqual(new Set(['45']));
    expect(refused[0]?.body).toMatchObject({ code: 'rate_limited', status: 429 });
    expect((await ask('GET', '/api/v1/scan-runs', { claims: { org_id: 'acme' } })).status).toBe(200);
    for (const path of ['/health', '/ready']) expect((await app.request(path)).status).toBe(200);
  });
});

describe('a server that does not answer', () => {
  it('holds up a request for half a second and no longer', async () => {
    const target = new URL(inject('mongoUri'));
    let silent = false;
    const server = createServer((client) => {
      const upstream = createConnection(Number(target.port), target.hostname);
      upstream.on('data', (data) => silent || client.write(data));
      client.on('data', (data) => upstream.write(data));
      for (const socket of [client, upstream]) {
        socket.on('error', () => undefined);
        socket.on('close', () => [client, upstream].forEach((one) => void one.destroy()));
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}/limited`, {
      retryWrites: false,
      socketTimeoutMS: 15_000,
    });
    const told: unknown[] = [];
    const count = rateLimit({
      windows: rateWindowStore(client.db()),
      requests_per_minute: 5,
      now: () => START,
      uncounted: (error) => told.push(error),
    });
    try {
      expect(await count(TENANT)).toBeUndefined();
      silent = true;
      const began = performance.now();
      expect(await count(TENANT)).toBeUndefined();
      expect(performance.now() - began).toBeLessThan(1_500);
      expect(told).toHaveLength(1);
    } finally {
      await client.close();
      server.close();
    }
  });
});
