import { beforeEach, describe, expect, it } from 'vitest';
import { makeOnce } from '../../lambdas/api/idempotency.ts';
import { RUN_STATUSES } from '../../src/runs/run.ts';
import { aCell, anInstance, aPlannedRun, aRun, aScope, at, TENANT, TWO } from '../runs/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const API = '/api/v1';

let hub: ReturnType<typeof aHubApi>;
beforeEach(() => {
  hub = aHubApi();
  hub.instances.documents.set('instance-1', anInstance());
  hub.scopes.documents.set('scope-1', aScope());
  hub.scopes.documents.set('scope-2', aScope({ _id: 'scope-2' }));
});

describe('POST /scan-runs with an idempotency key', () => {
  const start = (key: string, scope_id = 'scope-1', token = aToken()) =>
    hub.ask('POST', `${API}/scan-runs`, { body: { scope_id }, headers: { 'idempotency-key': key }, token });

  it('makes one run, however often it is sent, and sends it to be planned once', async () => {
    const first = await start('key-1');
    const second = await start('key-1');
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
    expect(hub.runs.documents.size).toBe(1);
    expect(hub.planned).toHaveLength(1);
    expect(Object.keys(first.body)).not.toContain('request_hash');
  });

  it('makes one run of requests at the same instant', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => start('key-1')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body._id)).size).toBe(1);
    expect(hub.runs.documents.size).toBe(1);
  });

  it('shows the run as it is by then, also where its scope would start none any more', async () => {
    const { body } = await start('key-1');
    hub.runs.documents.set(String(body._id), aRun({ ...hub.runs.documents.get(String(body._id)), status: 'running' }));
    hub.scopes.documents.set('scope-1', aScope({ enabled: false }));
    expect(await start('key-1')).toMatchObject({ status: 202, body: { _id: body._id, status: 'running' } });
  });

  it('is a conflict where the key was used for another body', async () => {
    await start('key-1');
    expect(await start('key-1', 'scope-2')).toMatchObject({
      status: 409,
      body: { code: 'conflict', errors: [{ field: 'Idempotency-Key' }] },
    });
    expect(hub.runs.documents.size).toBe(1);
  });

  it('is apart for every caller, and every key', async () => {
    await start('key-1');
    await start('key-2');
    await start('key-1', 'scope-1', aToken({ sub: 'bob' }));
    expect(hub.runs.documents.size).toBe(3);
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(201)],
    ['with a control character', 'a\tb'],
    ['with a blank', 'a b'],
    ['not ASCII', 'schl\u00fcssel'],
  ])('names the header where the key is %s', async (_what, key) => {
    expect(await start(key)).toMatchObject({
      status: 400,
      body: { code: 'body_invalid', errors: [{ field: 'Idempotency-Key' }] },
    });
    expect(hub.runs.documents.size).toBe(0);
  });

  it('takes a key of 200 characters', async () => {
    expect((await start('~'.repeat(200))).status).toBe(202);
  });
});

describe('making something once', () => {
  const request = {
    caller: { subject: 'ada', tenant_id: TENANT, workspace_ids: [], permissions: [], request_id: 'r' },
  };
  const keyed = { ...request, idempotency_key: 'k', body: { a: 1 } };
  const taken = Object.assign(new Error('duplicate key'), { code: 11_000 });

  it('is a conflict where it was made out of the caller’s sight', async () => {
    const store = { find: async () => undefined, make: () => Promise.reject(taken) };
    await expect(makeOnce(keyed, 'POST /x', () => 'new', store)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('passes on what went wrong where nothing was made', async () => {
    const store = { find: async () => undefined, make: () => Promise.reject(new Error('away')) };
    await expect(makeOnce(keyed, 'POST /x', () => 'new', store)).rejects.toThrow('away');
  });

  it('has an id of its own per route, short enough for names that are made of it', async () => {
    const make = async ({ id }: { id: string }) => ({ id, request_hash: '' });
    const store = { find: async () => undefined, make };
    const ids = await Promise.all(['POST /x', 'POST /y'].map((route) => makeOnce(keyed, route, () => 'new', store)));
    expect(new Set(ids.map(({ id }) => id)).size).toBe(2);
    for (const { id } of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    const unkeyed = { ...request, body: {} };
    expect(await makeOnce(unkeyed, 'POST /x', () => 'new', store)).toMatchObject({ id: 'new' });
  });
});

describe('POST /scan-runs/:id/cancel', () => {
  const cancel = (id = 'run-1', claims = {}) =>
    hub.ask('POST', `${API}/scan-runs/${id}/cancel`, { token: aToken(claims) });

  it('ends the run and says so, however often', async () => {
    hub.runs.documents.set('run-1', aPlannedRun());
    hub.cells.documents.set(aCell()._id, aCell());
    const answer = await cancel();
    expect(answer).toMatchObject({
      status: 202,
      body: { status: 'cancelled', cancel: { requested_by: 'ada' }, totals: { cells_by_status: { cancelled: 1 } } },
    });
    expect((await cancel('run-1', { sub: 'bob' })).body).toEqual(answer.body);
    expect(hub.moved).toMatchObject([
      { event: { action: 'scan_run.cancelled', actor: 'ada', request_id: 'request-1' } },
      { event: { action: 'scan_run.finished' } },
      { kind: 'signal' },
    ]);
  });

  it('answers with a run that is still to end, where a planner is at it', async () => {
    hub.runs.documents.set('run-1', aRun({ status: 'running', planning: { owner: 'p', until: at(60) } }));
    const { status, body } = await cancel();
    expect([status, body.status, body.cancel]).toEqual([202, 'running', { requested_by: 'ada', requested_at: at(0) }]);
    expect(Object.keys(body)).not.toContain('planning');
  });

  it.each(RUN_STATUSES.filter((status) => ['succeeded', 'partial', 'failed'].includes(status)))(
    'is a conflict for a run that is %s',
    async (status) => {
      hub.runs.documents.set('run-1', aPlannedRun({ status }));
      expect(await cancel()).toMatchObject({ status: 409, body: { code: 'conflict' } });
    },
  );

  it.each([{ org_id: 'acme' }, { workspaces: ['payments'] }])('does not find it for %j', async (claims) => {
    hub.runs.documents.set('run-1', aPlannedRun());
    expect((await cancel('run-1', claims)).status).toBe(404);
    expect(hub.runs.documents.get('run-1')).toEqual(aPlannedRun());
  });
});

describe('GET /scan-runs, narrowed', () => {
  const list = async (query: string) => {
    const { status, body } = await hub.ask('GET', `${API}/scan-runs?${query}`);
    const items: unknown = body.items;
    return { status, body, ids: Array.isArray(items) ? items.map(({ _id }) => _id) : [] };
  };
  beforeEach(() => {
    for (const run of [
      aRun({ _id: 'a', created_at: at(1), status: 'failed' }),
      aRun({ _id: 'b', created_at: at(2), instance_id: 'instance-2', trigger: 'schedule' }),
      aRun({ _id: 'c', created_at: at(3), scope_id: 'scope-2', status: 'failed' }),
    ]) {
      hub.runs.documents.set(run._id, run);
    }
  });

  it('hands on every filter, in the hub’s own writing of time', async () => {
    expect((await list('status=failed')).ids).toEqual(['c', 'a']);
    expect((await list('instance_id=instance-2')).ids).toEqual(['b']);
    expect((await list('scope_id=scope-2&trigger=manual')).ids).toEqual(['c']);
    const hour_ahead = (seconds: number) =>
      encodeURIComponent(new Date(Date.parse(at(seconds)) + 3_600_000).toISOString().replace('Z', '+01:00'));
    expect((await list(`since=${hour_ahead(2)}&until=${hour_ahead(3)}`)).ids).toEqual(['b']);
  });

  it.each(['status=done', 'trigger=whim', 'since=yesterday', 'until=2026-11-21', 'instance_id=', 'colour=red'])(
    'names the field that is wrong in %s',
    async (query) => {
      const [field] = query.split('=');
      expect(await list(query)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    },
  );

  it('has cursors that belong to their filters', async () => {
    const { body } = await list('status=failed&limit=1');
    const cursor = encodeURIComponent(String(body.next_cursor));
    expect((await list(`limit=1&status=failed&cursor=${cursor}`)).ids).toEqual(['a']);
    expect((await list(`limit=1&cursor=${cursor}`)).status).toBe(400);
    expect((await list(`limit=1&status=queued&cursor=${cursor}`)).status).toBe(400);
  });

  it('leaves to the run itself what it says of each cell', async () => {
    const { body } = await list('limit=1');
    expect(JSON.stringify(body)).not.toContain('evidence_completeness');
    expect((await hub.ask('GET', `${API}/scan-runs/a`)).body).toMatchObject({ evidence_completeness: {}, errors: [] });
  });
});

describe('GET /scan-runs/:id/cells, narrowed', () => {
  beforeEach(() => {
    hub.runs.documents.set('run-1', aPlannedRun());
    for (const cell of [aCell(), aCell({ account_id: TWO, status: 'failed' }), aCell({ category: 'aws_s3' })]) {
      hub.cells.documents.set(cell._id, cell);
    }
  });
  const cells = (query: string) => hub.ask('GET', `${API}/scan-runs/run-1/cells?${query}`);

  it('gives those of one status', async () => {
    expect((await cells('status=failed')).body.items).toMatchObject([{ account_id: TWO }]);
    expect(await cells('status=done')).toMatchObject({ status: 400, body: { errors: [{ field: 'status' }] } });
  });

  it('has cursors that belong to the status', async () => {
    const { body } = await cells('status=waiting&limit=1');
    const cursor = encodeURIComponent(String(body.next_cursor));
    expect((await cells(`status=waiting&limit=1&cursor=${cursor}`)).body.items).toHaveLength(1);
    expect((await cells(`limit=1&cursor=${cursor}`)).status).toBe(400);
  });
});
