import { randomUUID } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Entity, entityOf } from '../../src/inventory/entity.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { ensureIndexes } from '../../src/store/database.ts';
import { type EdgeStore, edgeStore } from '../../src/store/edges.ts';
import { type EntityStore, entityStore } from '../../src/store/entities.ts';
import { inventoryStores } from '../../src/store/inventory.ts';
import { aNode, anAccountRef, anEdge, aRoleRef, momentOf, TENANT } from '../inventory/builders.ts';
import { scanOf } from '../inventory/scan.ts';

let client: MongoClient;
let db: Db;
let entities: EntityStore;
let edges: EdgeStore;
beforeAll(async () => {
  client = await new MongoClient(inject('mongoUri'), { ignoreUndefined: true }).connect();
});
afterAll(() => client.close());
beforeEach(async () => {
  db = client.db(`claimed-${randomUUID().slice(0, 8)}`);
  await ensureIndexes(db, COLLECTIONS);
  entities = entityStore(db);
  edges = edgeStore(db);
});

const anEntity = (name: string, given: Partial<Entity> = {}): Entity => ({
  ...entityOf(given.tenant_id ?? TENANT, aRoleRef(name), []),
  ...given,
});

const all = async <T>(stream: AsyncIterable<T>): Promise<readonly T[]> => {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
};

describe('writing as expected', () => {
  test('tells which new documents were there already, and writes the others', async () => {
    const [known, fresh] = [anEntity('known'), anEntity('fresh')];
    expect(await entities.writeMany(TENANT, [{ document: known }])).toEqual([]);
    expect(await entities.writeMany(TENANT, [{ document: known }, { document: fresh }])).toEqual([known._id]);
    expect(await entities.getMany(TENANT, [known._id, fresh._id])).toHaveLength(2);
  });

  test('leaves a document of another version alone and puts it in doubt', async () => {
    const document = anEntity('one');
    await entities.writeMany(TENANT, [{ document }]);
    const next = { ...document, display_name: 'renamed', version: 9 };
    expect(await entities.writeMany(TENANT, [{ document: next, replaces: 8 }])).toEqual([document._id]);
    expect(await entities.getMany(TENANT, [document._id])).toEqual([document]);
  });

  test('never touches a document of another tenant', async () => {
    const document = anEntity('one');
    await entities.writeMany(TENANT, [{ document }]);
    const stolen = { ...document, tenant_id: 'acme', version: 2 };
    expect(await entities.writeMany('acme', [{ document: stolen, replaces: 1 }])).toEqual([document._id]);
    expect(await entities.getMany(TENANT, [document._id])).toEqual([document]);
  });

  test('replaces the whole document, so that a retired one can be revived', async () => {
    const retired = anEntity('one', { retired_at: momentOf(1) });
    const { retired_at: _, ...revived } = { ...retired, version: 2 };
    await entities.writeMany(TENANT, [{ document: retired }]);
    expect(await entities.writeMany(TENANT, [{ document: revived, replaces: 1 }])).toEqual([]);
    expect(await entities.getMany(TENANT, [retired._id])).toEqual([revived]);
  });
});

describe('streams', () => {
  const live = aRoleRef('live');
  const account = anAccountRef('222222222222', 'external_aws_account');
  beforeEach(async () => {
    const stores = inventoryStores(db);
    await scanOf(stores, 1, [aNode(live), aNode(aRoleRef('gone')), anEdge(account, live)]);
    await scanOf(stores, 2, [aNode(live), anEdge(account, live)]);
    await scanOf(stores, 1, [aNode(aRoleRef('other'))], { instance_id: 'aws-2', workspace_id: 'payments' });
    await scanOf(stores, 1, [aNode(live)], { tenant_id: 'acme', run_id: 'run-acme' });
  });

  test('give what is live, sorted by id, without claims, of one tenant', async () => {
    const rows = await all(entities.streamLive(TENANT));
    expect(rows.map(({ display_name }) => display_name).sort()).toEqual([account.source_record_id, 'live', 'other']);
    expect(rows.map(({ _id }) => _id)).toEqual(rows.map(({ _id }) => _id).sort());
    expect(rows.filter((row) => 'claims' in row)).toEqual([]);
    expect(await all(edges.streamLive(TENANT))).toHaveLength(1);
  });

  test('give only what an instance of a visible workspace claims, when asked for workspaces', async () => {
    const names = async (workspaces: readonly string[]) =>
      (await all(entities.streamLive(TENANT, workspaces))).map(({ display_name }) => display_name).sort();
    expect(await names(['payments'])).toEqual(['other']);
    expect(await names(['payments', 'platform'])).toEqual(['live', 'other']);
    expect(await names([])).toEqual([]);
  });
});

describe('how edges name entities', () => {
  test('is one row for each end and type, however many edges there are, and none of retired edges', async () => {
    const stores = inventoryStores(db);
    const far = anAccountRef('222222222222', 'external_aws_account');
    const near = anAccountRef('222222222222');
    const named = Array.from({ length: 30 }, (_, index) => anEdge(index % 2 ? far : near, aRoleRef(`role-${index}`)));
    await scanOf(stores, 1, named);
    const [edge] = await all(edges.streamLive(TENANT));
    const id = [edge?.from.id ?? ''];
    const types = (await edges.namings(TENANT, id)).map(({ entity_type }) => entity_type).sort();
    expect(types).toEqual(['aws_account', 'external_aws_account']);
    await scanOf(stores, 2, named.slice(0, 15));
    await scanOf(stores, 3, []);
    expect(await edges.namings(TENANT, id)).toEqual([]);
  });
});
