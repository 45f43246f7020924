import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/control/audit.ts';
import { AUDIT_EVENTS } from '../../src/store/audit-events.ts';
import { inventoryStores } from '../../src/store/inventory.ts';
import { stitchAuditStore } from '../../src/store/stitch-audit.ts';
import { stitchRunStore } from '../../src/store/stitch-runs.ts';
import { anEntity, anEntry } from '../api/results-builders.ts';
import { aStitch } from '../bin/cli/documents.ts';
import { aNode, anAccountRef, anEdge, aRoleRef, TENANT } from '../inventory/builders.ts';
import { scanOf } from '../inventory/scan.ts';
import { apiOnServer } from './api-on-server.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
const API = '/api/v1';
const [ONE, TWO] = ['111111111111', '222222222222'] as const;
const PAYMENTS = { workspaces: ['payments'] };
const READER = aRoleRef('reader');
const WRITER = aRoleRef('Writer', TWO);
const STRANGER = aRoleRef('stranger', '333333333333');
const bucketRef = (name: string) =>
  ({ entity_type: 'aws_s3_bucket', source_system_id: 'aws:aws', source_record_id: `arn:aws:s3:::${name}` }) as const;
const idOf = (ref: Parameters<typeof anEntity>[0]): string => anEntity(ref)._id;

let hub: ReturnType<typeof apiOnServer>;
beforeEach(async () => {
  hub = apiOnServer(db());
  const stores = inventoryStores(db());
  await scanOf(stores, 1, [
    aNode(READER),
    aNode(bucketRef('data'), { properties: { account_id: ONE } }),
    aNode(bucketRef('elsewhere'), { properties: { account_id: TWO } }),
    anEdge(WRITER, READER),
    anEdge(STRANGER, READER),
    anEdge(READER, anAccountRef(ONE), { edge_type: 'BELONGS_TO' }),
  ]);
  const theirs = { workspace_id: 'payments', instance_id: 'aws-2', cell: `aws_iam:${TWO}` };
  await scanOf(stores, 1, [aNode(WRITER)], theirs);
});

const get = (path: string, claims = {}) => hub.ask('GET', `${API}${path}`, { claims });
async function named(path: string, claims = {}): Promise<readonly string[]> {
  const { status, body } = await get(path, claims);
  expect(status).toBe(200);
  return Array.isArray(body.items) ? body.items.map(({ display_name }) => display_name).toSorted() : [];
}

describe('GET /entities', () => {
  it('lists what the caller’s workspaces claim, and nothing that nobody does', async () => {
    expect(await named('/entities')).toEqual(['arn:aws:s3:::data', 'arn:aws:s3:::elsewhere', 'reader']);
    expect(await named('/entities', PAYMENTS)).toEqual(['Writer']);
    expect(await named('/entities', { workspaces: ['payments', 'platform'] })).toHaveLength(4);
    expect(await named('/entities', { org_id: 'acme' })).toEqual([]);
  });

  it.each([
    ['entity_type=aws_iam_role', ['reader']],
    ['source_system_id=aws:aws', ['arn:aws:s3:::data', 'arn:aws:s3:::elsewhere']],
    [`account=${ONE}`, ['arn:aws:s3:::data', 'reader']],
    [`account=${TWO}`, ['arn:aws:s3:::elsewhere']],
    ['display_name_prefix=arn:aws:s3:::d', ['arn:aws:s3:::data']],
    ['display_name_prefix=Read', []],
    ['display_name_prefix=.*', []],
    ['instance_id=aws-1', ['arn:aws:s3:::data', 'arn:aws:s3:::elsewhere', 'reader']],
    ['instance_id=aws-2', []],
    ['retired=true', []],
    ['retired=false&entity_type=aws_iam_role', ['reader']],
    [`source_record_id=${encodeURIComponent(READER.source_record_id)}`, ['reader']],
  ])('by %s', async (query, names) => {
    expect(await named(`/entities?${query}`)).toEqual(names);
  });

  it('lists what is retired when asked for it', async () => {
    await scanOf(inventoryStores(db()), 2, [
      aNode(READER),
      aNode(bucketRef('data'), { properties: { account_id: ONE } }),
    ]);
    expect(await named('/entities?retired=true')).toEqual(['arn:aws:s3:::elsewhere']);
    expect(await named('/entities')).toEqual(['arn:aws:s3:::data', 'reader']);
    expect((await get(`/entities/${idOf(bucketRef('elsewhere'))}`)).body).toMatchObject({
      retired_at: expect.any(String),
      observed: true,
    });
  });

  it('pages through all of it, each once', async () => {
    const seen: unknown[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await get(`/entities?limit=2${cursor}`);
      if (Array.isArray(body.items)) seen.push(...body.items.map(({ _id }) => _id));
      if (typeof body.next_cursor !== 'string') break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect([seen.length, new Set(seen).size]).toEqual([3, 3]);
  });
});

describe('GET /entities/:id and its edges', () => {
  it('shows what others claim to them alone, and a far end to who sees an edge to it', async () => {
    expect((await get(`/entities/${idOf(WRITER)}`)).status).toBe(404);
    expect((await get(`/entities/${idOf(WRITER)}`, PAYMENTS)).status).toBe(200);
    expect((await get(`/entities/${idOf(STRANGER)}`)).body).toMatchObject({ observed: false });
    expect((await get(`/entities/${idOf(STRANGER)}`, PAYMENTS)).status).toBe(404);
  });

  it('names the ends of edges as far as the caller sees them', async () => {
    const { body } = await get(`/entities/${idOf(READER)}/edges?direction=in`);
    const items = Array.isArray(body.items) ? body.items : [];
    expect(items.map(({ from }) => from.display_name).toSorted()).toEqual([
      WRITER.source_record_id,
      STRANGER.source_record_id,
    ]);
    const both = await get(`/entities/${idOf(READER)}/edges?direction=in`, { workspaces: ['platform', 'payments'] });
    expect(JSON.stringify(both.body)).toContain('"display_name":"Writer"');
    expect((await get(`/entities/${idOf(READER)}/edges?edge_type=BELONGS_TO`)).body.items).toHaveLength(1);
    expect((await get(`/entities/${idOf(READER)}/edges`)).body.items).toHaveLength(3);
    // The edge is told by an instance of another workspace.
    expect((await get(`/entities/${idOf(WRITER)}/edges`, PAYMENTS)).body.items).toEqual([]);
  });
});

describe('PUT /correlation-settings', () => {
  const rules = [{ rule_id: 'mcp-server-to-entra-sp', enabled: true, reason: 'we have such servers' }];
  const put = (body: object, claims = {}) => hub.ask('PUT', `${API}/correlation-settings`, { body, claims });

  it('of ten at once one holds, is told once and asks for one stitch; the others are conflicts', async () => {
    const answers = await atOnce(10, () => put({ version: 0, rules }));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    expect((await get('/correlation-settings')).body).toMatchObject({ version: 1, rules });
    const events = await db().collection<AuditEvent>(AUDIT_EVENTS.name).find().toArray();
    expect(events).toMatchObject([{ action: 'correlation_settings.changed', actor: 'ada', details: { version: 1 } }]);
    expect(await db().collection('stitch_due').find().toArray()).toMatchObject([{ tenant_id: TENANT, generation: 1 }]);
  });

  it('is told again and stitched again after it was followed up by nobody', async () => {
    const away = apiOnServer(db(), {
      settingsChanged: () => Promise.reject(new Error('killed')),
      unfollowed: () => undefined,
    });
    expect((await away.ask('PUT', `${API}/correlation-settings`, { body: { version: 0, rules } })).status).toBe(200);
    expect(await db().collection('stitch_due').countDocuments()).toBe(0);
    // Whoever changes something next does it, as the tick would.
    expect((await put({ version: 1 })).status).toBe(200);
    expect(await db().collection('stitch_due').find().toArray()).toMatchObject([{ generation: 2 }]);
    // Of one request, as all of these are, the audit keeps the first.
    expect(await db().collection(AUDIT_EVENTS.name).find().toArray()).toMatchObject([{ details: { version: 1 } }]);
  });

  it('keeps tenants apart', async () => {
    await put({ version: 0, rules });
    expect((await get('/correlation-settings', { org_id: 'acme' })).body).toMatchObject({ version: 0, rules: [] });
    expect((await put({ version: 0, rules }, { org_id: 'acme' })).body).toMatchObject({
      tenant_id: 'acme',
      version: 1,
    });
  });
});

describe('GET /paths/diff', () => {
  it('folds what a server holds, by path, over pages', async () => {
    const [runs, audit] = [stitchRunStore(db()), stitchAuditStore(db())];
    for (const generation of [1, 2]) {
      const run = { ...aStitch({ tenant_id: TENANT, _id: `stitch-${generation}`, generation }), problems: [] };
      await runs.record({ ...run, ambiguities: [] });
    }
    const ids = ['c', 'a', 'b'].map((digit) => digit.repeat(64));
    await audit.put(
      TENANT,
      ids.map((id) => anEntry({ id, generation: 2 })),
    );
    const first = await get('/paths/diff?from_stitch=stitch-1&to_stitch=stitch-2&limit=2');
    expect(first.body.items).toMatchObject([{ path_id: 'a'.repeat(64) }, { path_id: 'b'.repeat(64) }]);
    const cursor = `&cursor=${first.body.next_cursor}`;
    const second = await get(`/paths/diff?from_stitch=stitch-1&to_stitch=stitch-2&limit=2${cursor}`);
    expect(second.body).toMatchObject({ items: [{ path_id: 'c'.repeat(64) }] });
    expect(second.body.next_cursor).toBeUndefined();
  });
});
