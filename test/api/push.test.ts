import { describe, expect, it } from 'vitest';
import { LARGEST_BODY } from '../../lambdas/api/request.ts';
import { aPushedNode } from '../connectors/push/builders.ts';
import { aPushInstance, aRun, aScope, START } from '../runs/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const BATCHES = '/api/v1/scan-runs/run-1/batches';

function aHub() {
  const api = aHubApi();
  const instance = aPushInstance();
  api.instances.documents.set(instance._id, instance);
  api.scopes.documents.set('scope-1', aScope({ instance_id: instance._id, service_categories: ['push'] }));
  api.runs.documents.set(
    'run-1',
    aRun({ instance_id: instance._id, trigger: 'push', status: 'running', started_at: START.toISOString() }),
  );
  const entities = async () => (await api.inventory.entities()).map((one) => one.source_record_id).sort();
  return { ...api, entities };
}

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const withProperties = (properties: string): string =>
  `{"sequence":0,"nodes":[${JSON.stringify(aPushedNode('a')).replace('{"name":"a"}', () => properties)}]}`;

describe('POST /scan-runs of a push instance', () => {
  it('starts a run that waits for what is pushed, without a plan', async () => {
    const hub = aHub();
    const { status, body } = await hub.ask('POST', '/api/v1/scan-runs', { body: { scope_id: 'scope-1' } });
    expect({ status, body }).toMatchObject({ status: 202, body: { status: 'running', trigger: 'push' } });
    expect(hub.planned).toEqual([]);
  });
});

describe('POST /scan-runs/{id}/batches', () => {
  it('takes JSON and NDJSON, and says what became of it', async () => {
    const hub = aHub();
    const json = await hub.ask('POST', BATCHES, { body: { sequence: 0, nodes: [aPushedNode('a'), 7] } });
    expect(json).toMatchObject({
      status: 202,
      body: {
        run_id: 'run-1',
        sequence: 0,
        accepted: { nodes: 1, edges: 0 },
        rejected: [{ index: 1, kind: 'node', code: 'unreadable_item' }],
        rejected_count: 1,
        repeated: false,
      },
    });
    const lines = `{"sequence":1}\n${JSON.stringify({ kind: 'node', ...aPushedNode('b') })}\n{"kind":\n`;
    const ndjson = await hub.ask('POST', BATCHES, { body: lines, headers: NDJSON });
    expect(ndjson).toMatchObject({
      status: 202,
      body: { accepted: { nodes: 1 }, rejected: [{ index: 1, kind: 'line' }] },
    });
    expect(await hub.entities()).toEqual(['a', 'b']);
  });

  it('lists the first hundred that were rejected, and counts all', async () => {
    const { body } = await aHub().ask('POST', BATCHES, { body: { sequence: 0, nodes: Array(150).fill(null) } });
    expect(body).toMatchObject({ rejected_count: 150 });
    expect(body.rejected).toHaveLength(100);
  });

  it.each([
    ['4 MB and a byte', `{"sequence":0,"nodes":["${'x'.repeat(LARGEST_BODY)}"]}`, {}, 413],
    ['4 MB and a byte of lines', `{"sequence":0}\n${'x'.repeat(LARGEST_BODY)}`, NDJSON, 413],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), {}, 400],
    ['lines that are not UTF-8', new Uint8Array([0x7b, 0x7d, 0x0a, 0xff]), NDJSON, 400],
    ['compression', '{}', { 'content-encoding': 'gzip' }, 415],
    ['another type', '<a/>', { 'content-type': 'text/xml' }, 415],
    ['no number', { nodes: [] }, {}, 400],
    ['a number below zero', { sequence: -1 }, {}, 400],
    ['a number that is none', '{"sequence":NaN}', {}, 400],
    ['a number beyond the last', { sequence: 1_000_000 }, {}, 400],
    ['lines without a header', '', NDJSON, 400],
    [
      'an unknown type among those scanned',
      { sequence: 0, scanScope: { mode: 'full', scannedEntityTypes: ['?'] } },
      {},
      400,
    ],
    ['a prototype', withProperties('{"__proto__":{"a":1}}'), {}, 400],
    ['depth without end', withProperties(nested(1_000)), {}, 400],
    ['a foreign system', { sequence: 0, scanScope: { mode: 'full', sourceSystems: ['aws:1'] } }, {}, 403],
  ])('refuses %s', async (_what, body, headers, expected) => {
    const hub = aHub();
    const { status, type } = await hub.ask('POST', BATCHES, { body, headers });
    expect({ status, type }).toEqual({ status: expected, type: 'application/problem+json' });
    expect(await hub.entities()).toEqual([]);
    expect(hub.crashed).toEqual([]);
  });

  it.each([
    ['a number without end', withProperties('{"n":1e999}')],
    ['a constructor', withProperties('{"constructor":{"prototype":1}}')],
    ['an operator', withProperties('{"a":{"$set":1}}')],
    ['a path', withProperties('{"a.b":1}')],
    ['depth', withProperties(nested(20))],
  ])('refuses one item with %s', async (_what, body) => {
    const hub = aHub();
    expect(await hub.ask('POST', BATCHES, { body })).toMatchObject({ status: 202, body: { rejected_count: 1 } });
    expect(await hub.entities()).toEqual([]);
  });

  it('is not found for another tenant or workspace, and a conflict for a run that looks for itself', async () => {
    const hub = aHub();
    hub.runs.documents.set('run-2', aRun({ _id: 'run-2', instance_id: 'push-1', status: 'running' }));
    const body = { sequence: 0, nodes: [aPushedNode('a')] };
    const as = async (claims: object, path = BATCHES) => hub.ask('POST', path, { body, token: aToken({ ...claims }) });
    expect((await as({ org_id: 'other' })).status).toBe(404);
    expect((await as({ workspaces: ['other'] })).status).toBe(404);
    expect((await as({ permissions: ['runs:read'] })).status).toBe(403);
    expect((await as({}, '/api/v1/scan-runs/run-2/batches')).status).toBe(409);
    expect(await hub.entities()).toEqual([]);
  });

  it('says when to come again while another batch is written', async () => {
    const hub = aHub();
    const { tenant_id } = aPushInstance();
    const name = { tenant_id, instance_id: 'push-1', key: 'push:push-1' };
    await hub.deps.push.fence.take(name, { seq: 1, owner: 'x' }, START.toISOString(), '2999-01-01T00:00:00.000Z');
    const { status, headers } = await hub.ask('POST', BATCHES, { body: { sequence: 0 } });
    expect({ status, wait: headers.get('retry-after') }).toEqual({ status: 409, wait: '2' });
  });
});

describe('POST /scan-runs/{id}/complete', () => {
  it('takes a whole result in one body and hands the close to a worker', async () => {
    const hub = aHub();
    const path = '/api/v1/scan-runs/run-1/complete';
    const body = { nodes: [aPushedNode('a')], batches: 0 };
    expect(await hub.ask('POST', path, { body })).toMatchObject({ status: 202, body: { repeated: false } });
    expect(await hub.ask('POST', path, { body })).toMatchObject({ status: 202, body: { repeated: true } });
    expect(hub.resent.map(({ key }) => key)).toEqual(['push:push-1']);
  });

  it('names the batches that are missing', async () => {
    const hub = aHub();
    const { status, body } = await hub.ask('POST', '/api/v1/scan-runs/run-1/complete', { body: { batches: 2 } });
    expect({ status, body }).toMatchObject({ status: 409, body: { detail: expect.stringContaining('0, 1') } });
    expect(hub.resent).toEqual([]);
  });
});

describe('POST /connector-reports', () => {
  const REPORT = {
    sourceSystem: 'servicenow:example',
    startedAt: '2026-01-01T00:00:00Z',
    producer: 'anything else',
    nodes: [
      { entityType: 'servicenow_table', sourceRecordId: 'a', displayName: 'A', properties: { x: 1 }, observedAt: null },
      { type: 'human_identity', id: 'h', name: 'Ada', attributes: {} },
    ],
    edges: [
      {
        edgeType: 'OWNED_BY',
        fromRef: { entityType: 'servicenow_table', sourceRecordId: 'a' },
        toRef: { entityType: 'human_identity', sourceRecordId: 'h' },
      },
    ],
    errors: [],
  };

  it('takes whatever names older senders use, and lists what it received', async () => {
    const hub = aHub();
    const { status, body } = await hub.ask('POST', '/api/v1/connector-reports', { body: REPORT });
    expect({ status, body }).toMatchObject({
      status: 202,
      body: {
        sync: { connector_instance_id: 'push-1', source_system_id: 'servicenow:example', status: 'running' },
        batch: { accepted: { nodes: 2, edges: 1 }, rejected: [] },
      },
    });
    const listed = await hub.ask('GET', '/api/v1/connector-syncs');
    expect(listed.body).toMatchObject({ items: [{ connector_instance_id: 'push-1' }] });
  });

  it('names the instances where two speak for the system, and finds none of another tenant', async () => {
    const hub = aHub();
    hub.instances.documents.set('push-2', aPushInstance({ _id: 'push-2' }));
    const { status, body } = await hub.ask('POST', '/api/v1/connector-reports', { body: REPORT });
    expect({ status, body }).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('push-1, push-2') },
    });
    const other = await hub.ask('POST', '/api/v1/connector-reports', { body: REPORT, token: aToken({ org_id: 'x' }) });
    expect(other.status).toBe(404);
  });
});
