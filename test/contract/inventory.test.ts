import { randomUUID } from 'node:crypto';
import { type CommandStartedEvent, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Edge } from '../../src/inventory/edge.ts';
import type { Entity } from '../../src/inventory/entity.ts';
import type { ActivityValue, KeptPolicyDocument, UnsettledEnds } from '../../src/inventory/stores.ts';
import { ACTIVITY } from '../../src/store/activity.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { ensureIndexes } from '../../src/store/database.ts';
import { EDGES } from '../../src/store/edges.ts';
import { ENTITIES } from '../../src/store/entities.ts';
import { inventoryStores } from '../../src/store/inventory.ts';
import { policyDocumentStore } from '../../src/store/policy-documents.ts';
import { UNSETTLED_ENDS } from '../../src/store/unsettled-ends.ts';
import { aNode, anAccountRef, anEdge, aPolicyDocument, aRoleRef, TENANT } from '../inventory/builders.ts';
import { inventorySuite } from '../inventory/inventory-suite.ts';
import type { InventoryUnderTest } from '../inventory/memory-stores.ts';
import { scanOf } from '../inventory/scan.ts';

const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'bulkWrite']);

let client: MongoClient;
const writes: { readonly collection: string; readonly command: string }[] = [];

beforeAll(async () => {
  client = new MongoClient(inject('mongoUri'), { monitorCommands: true, ignoreUndefined: true });
  client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
    if (WRITES.has(commandName)) writes.push({ collection: String(command[commandName]), command: commandName });
  });
  await client.connect();
});
afterAll(() => client.close());

/** An inventory in a database of its own. */
async function onServer(): Promise<InventoryUnderTest & { readonly drop: () => Promise<void> }> {
  const db = client.db(`inventory-${randomUUID().slice(0, 8)}`);
  await ensureIndexes(db, COLLECTIONS);
  return {
    stores: inventoryStores(db),
    entities: () => db.collection<Entity>(ENTITIES.name).find<Entity>({}).toArray(),
    edges: () => db.collection<Edge>(EDGES.name).find<Edge>({}).toArray(),
    policyDocuments: async () => {
      const kept: KeptPolicyDocument[] = [];
      for await (const document of policyDocumentStore(db).streamAll(TENANT)) kept.push(document);
      return kept;
    },
    unsettled: () => db.collection(UNSETTLED_ENDS.name).find<UnsettledEnds>({}).toArray(),
    activity: () => db.collection(ACTIVITY.name).find<ActivityValue>({}).toArray(),
    drop: async () => {
      await db.dropDatabase();
    },
  };
}

describe('the inventory on a server', () => inventorySuite(onServer));

describe('a second scan of an unchanged estate', () => {
  test('sends no write for entities, edges, ends, policy documents or claims that are known', async () => {
    const { stores, drop } = await onServer();
    const account = anAccountRef('222222222222', 'external_aws_account');
    const sees = Array.from({ length: 1_500 }, (_, index) => aRoleRef(`role-${index}`)).flatMap((role) => [
      aNode(role, {
        properties: { path: '/', tags: [{ key: 'a.b', value: '$1' }], boundary: null, max_session: 3_600 },
      }),
      anEdge(account, role, { properties: { conditions: { StringEquals: { 'sts:ExternalId': ['x'] } } } }),
      aPolicyDocument({ Statement: [role.source_record_id] }),
    ]);
    await scanOf(stores, 1, sees);
    writes.length = 0;
    const { applied } = await scanOf(stores, 2, sees);
    expect(applied.counts).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 3_000 });
    expect([...new Set(writes.map(({ collection }) => collection))].sort()).toEqual(['cell_manifests', 'claimants']);
    await drop();
  });
});
