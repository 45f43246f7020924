import { globSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { connect, ensureIndexes, isDuplicateKey, OPERATION_TIMEOUT } from '../../src/store/database.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();

const indexes = async () => {
  const found: Record<string, readonly unknown[]> = {};
  for (const { name } of COLLECTIONS) found[name] = await db().collection(name).indexes();
  return found;
};

describe('indexes', () => {
  it('are made once, however often and from wherever they are asked for', async () => {
    const before = await indexes();
    await ensureIndexes(db(), COLLECTIONS);
    await Promise.all([ensureIndexes(db(), COLLECTIONS), ensureIndexes(db(), COLLECTIONS)]);
    expect(await indexes()).toEqual(before);
    for (const { name, indexes: planned } of COLLECTIONS) expect(before[name]).toHaveLength(planned.length + 1);
  });

  it('begin with the tenant, but for those by which the tick finds its work in all of them, and one by which documents expire', async () => {
    const others = COLLECTIONS.flatMap(({ name, indexes: planned }) =>
      planned.map(({ key }) => `${name} ${Object.keys(key)[0]}`).filter((first) => !first.endsWith(' tenant_id')),
    );
    expect(others.toSorted()).toEqual([
      'cells status',
      'connector_instances ending_since',
      'connector_instances outbox.id',
      'connector_syncs status',
      'rate_windows expires_at',
      'scan_runs outbox.id',
      'scan_runs status',
      'scan_scopes ending_since',
      'scan_scopes next_run_at',
      'scan_scopes outbox.id',
      'stitch_due due_at',
      'tenant_correlation_settings to_follow.event._id',
    ]);
  });
});

describe('the list of collections', () => {
  it('names every store of the folder that plans one, each once', async () => {
    const folder = path.resolve(import.meta.dirname, '../../src/store');
    const planned = new Set<string>();
    for (const file of globSync('*.ts', { cwd: folder })) {
      const exported: Record<string, unknown> = await import(path.join(folder, file));
      for (const value of Object.values(exported)) {
        if (typeof value === 'object' && value !== null && 'indexes' in value && 'name' in value)
          planned.add(String(value.name));
      }
    }
    expect(COLLECTIONS.map(({ name }) => name).toSorted()).toEqual([...planned].toSorted());
  });
});

describe('a connection', () => {
  it('leaves out what is absent instead of storing it as null', async () => {
    const { client } = await connect(inject('mongoUri'));
    const things = client.db(db().databaseName).collection<{ _id: string; name?: string | undefined }>('things');
    await things.insertOne({ _id: 'a', name: undefined });
    expect(await things.findOne({ _id: 'a' })).toEqual({ _id: 'a' });
    await client.close();
  });

  it('gives up on a server that is not there before any lease is over', async () => {
    const begun = performance.now();
    await expect(connect('mongodb://127.0.0.1:1/none')).rejects.toThrow(/ECONNREFUSED|selection/);
    expect(performance.now() - begun).toBeLessThan(OPERATION_TIMEOUT);
  });

  it('knows a key that is there already from other failures', async () => {
    const things = db().collection<{ _id: string }>('things');
    await things.insertOne({ _id: 'a' });
    const twice = await things.insertOne({ _id: 'a' }).catch((error: unknown) => error);
    expect(isDuplicateKey(twice)).toBe(true);
    for (const other of [new Error('no'), { code: 50 }, null, 'E11000']) expect(isDuplicateKey(other)).toBe(false);
  });
});
