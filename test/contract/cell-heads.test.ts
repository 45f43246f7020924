import { randomUUID } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Fence } from '../../src/inventory/fence.ts';
import { CELL_HEADS, cellHeadStore, writtenUntil } from '../../src/store/cell-heads.ts';
import { ensureIndexes } from '../../src/store/database.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

let client: MongoClient;
let db: Db;
let fence: Fence;
beforeAll(async () => {
  client = await new MongoClient(inject('mongoUri')).connect();
});
afterAll(() => client.close());
beforeEach(async () => {
  db = client.db(`heads-${randomUUID().slice(0, 8)}`);
  await ensureIndexes(db, [CELL_HEADS]);
  fence = cellHeadStore(db);
});

const HEAD = { tenant_id: 'nimbus', instance_id: 'aws-1', key: 'aws_iam:111111111111' };
const one = { seq: 1, owner: 'one' };
const two = { seq: 2, owner: 'two' };

describe('the head of a cell', () => {
  test('goes to the first that asks', async () => {
    expect(await fence.take(HEAD, one, at(0), at(1))).toEqual({ outcome: 'taken' });
  });

  test('is busy for everybody else until its lease is over, a later run included', async () => {
    await fence.take(HEAD, one, at(0), at(5));
    expect(await fence.take(HEAD, { seq: 1, owner: 'again' }, at(4), at(9))).toEqual({ outcome: 'busy', until: at(5) });
    expect(await fence.take(HEAD, two, at(4), at(9))).toEqual({ outcome: 'busy', until: at(5) });
    expect(await fence.take(HEAD, two, at(5), at(9))).toEqual({ outcome: 'taken' });
  });

  test('is lost for an earlier run once a later one has had it, also after the later one is done', async () => {
    await fence.take(HEAD, two, at(0), at(5));
    expect(await fence.take(HEAD, one, at(1), at(6))).toEqual({ outcome: 'superseded', seq: 2 });
    await fence.release(HEAD, two, at(2));
    expect(await fence.take(HEAD, one, at(3), at(6))).toEqual({ outcome: 'superseded', seq: 2 });
  });

  test('is taken by its own owner again', async () => {
    await fence.take(HEAD, one, at(0), at(5));
    expect(await fence.take(HEAD, one, at(1), at(6))).toEqual({ outcome: 'taken' });
  });

  test('is free at once when it was released', async () => {
    await fence.take(HEAD, one, at(0), at(5));
    await fence.release(HEAD, one, at(1));
    expect(await fence.take(HEAD, two, at(1), at(6))).toEqual({ outcome: 'taken' });
  });

  test('is renewed by its owner only', async () => {
    await fence.take(HEAD, one, at(0), at(1));
    expect(await fence.renew(HEAD, one, at(2))).toBe(true);
    expect(await fence.take(HEAD, two, at(1), at(6))).toEqual({ outcome: 'busy', until: at(2) });
    await fence.take(HEAD, two, at(2), at(6));
    expect(await fence.renew(HEAD, one, at(9))).toBe(false);
    expect(await fence.take(HEAD, { seq: 2, owner: 'other' }, at(3), at(9))).toEqual({ outcome: 'busy', until: at(6) });
  });

  test('is not released by somebody who no longer owns it', async () => {
    await fence.take(HEAD, one, at(0), at(1));
    await fence.take(HEAD, two, at(1), at(6));
    await fence.release(HEAD, one, at(2));
    expect(await fence.take(HEAD, { seq: 2, owner: 'other' }, at(3), at(9))).toEqual({ outcome: 'busy', until: at(6) });
  });

  test('is one for each tenant, instance and cell', async () => {
    await fence.take(HEAD, two, at(0), at(5));
    const others = [
      { ...HEAD, tenant_id: 'acme' },
      { ...HEAD, instance_id: 'aws-2' },
      { ...HEAD, key: 'aws_lambda:111111111111' },
    ];
    for (const other of others) expect(await fence.take(other, one, at(0), at(5))).toEqual({ outcome: 'taken' });
  });

  test('goes to exactly one of many that ask at the same time, again and again', async () => {
    for (let round = 0; round < 10; round += 1) {
      const owners = Array.from({ length: 12 }, (_, index) => ({ seq: round, owner: `${round}-${index}` }));
      const taken = await Promise.all(owners.map((owner) => fence.take(HEAD, owner, at(round), at(round + 1))));
      expect(taken.filter(({ outcome }) => outcome === 'taken')).toHaveLength(1);
      expect(taken.filter(({ outcome }) => outcome === 'busy')).toHaveLength(11);
    }
  });

  test('tells until when somebody may write for an instance, of all its cells, and of no other', async () => {
    expect(await writtenUntil(db, 'nimbus', 'aws-1', at(0))).toBeUndefined();
    await fence.take(HEAD, one, at(0), at(5));
    await fence.take({ ...HEAD, key: 'aws_lambda:111111111111' }, one, at(0), at(7));
    await fence.take({ ...HEAD, instance_id: 'aws-2' }, one, at(0), at(9));
    await fence.take({ ...HEAD, tenant_id: 'acme' }, one, at(0), at(9));
    expect(await writtenUntil(db, 'nimbus', 'aws-1', at(1))).toBe(at(7));
    await fence.release({ ...HEAD, key: 'aws_lambda:111111111111' }, one, at(2));
    expect(await writtenUntil(db, 'nimbus', 'aws-1', at(2))).toBe(at(5));
    expect(await writtenUntil(db, 'nimbus', 'aws-1', at(5))).toBeUndefined();
  });
});
