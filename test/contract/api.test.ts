import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/control/audit.ts';
import type { ScanRun } from '../../src/runs/run.ts';
import { AUDIT_EVENTS } from '../../src/store/audit-events.ts';
import { ONE, TENANT, TWO } from '../control/builders.ts';
import { apiOnServer } from './api-on-server.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let planned: ScanRun[];
let hub: ReturnType<typeof apiOnServer>;
beforeEach(() => {
  planned = [];
  hub = apiOnServer(db(), {
    enqueuePlan: async (run) => {
      planned.push(run);
    },
  });
});

const ask = (
  method: string,
  path: string,
  request: { claims?: object; body?: unknown; headers?: Readonly<Record<string, string>> } = {},
) => hub.ask(method, `/api/v1${path}`, request);
const anInstance = (account_ids: readonly string[]) => ({
  connector_kind: 'aws',
  display_name: 'x',
  config: { mode: 'accounts', account_ids, regions: ['eu-west-1'] },
});
const aScopeOf = (instance_id: unknown) => ({ instance_id, scope_keys: {}, service_categories: ['aws_iam'] });

/** An instance, a scope and a run of a tenant. */
async function started(claims = {}, account: string = ONE) {
  const instance = (await ask('POST', '/connector-instances', { claims, body: anInstance([account]) })).body._id;
  const scope = (await ask('POST', '/scan-scopes', { claims, body: aScopeOf(instance) })).body._id;
  const run = (await ask('POST', '/scan-runs', { claims, body: { scope_id: scope } })).body._id;
  return { instance, scope, run };
}

describe('from an instance to a run', () => {
  it('everything is written, sent and told to the audit once', async () => {
    const { instance, scope, run } = await started();
    expect((await ask('GET', `/scan-runs/${run}`)).body).toMatchObject({
      _id: run,
      seq: 1,
      instance_id: instance,
      scope_id: scope,
      status: 'queued',
      progress: { planned: false, total: 0 },
    });
    expect(planned.map(({ _id }) => _id)).toEqual([run]);
    const events = await db().collection<AuditEvent>(AUDIT_EVENTS.name).find().sort({ target: 1 }).toArray();
    expect(events.map(({ action, target, actor }) => [action, target, actor])).toEqual([
      ['connector_instance.created', instance, 'ada'],
      ['scan_scope.created', scope, 'ada'],
      ['scan_run.started', run, 'ada'],
    ]);
  });

  it('ten runs at once have numbers of their own', async () => {
    const { scope } = await started();
    const answers = await atOnce(10, () => ask('POST', '/scan-runs', { body: { scope_id: scope } }));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
    const numbers = answers.map(({ body }) => Number(body.seq)).toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 10 }, (_, index) => index + 2));
  });

  it('ten requests at once with one key make one run, and one with another body is told so', async () => {
    const { instance, scope } = await started();
    const headers = { 'idempotency-key': 'nightly-2026-11-21' };
    const answers = await atOnce(10, () => ask('POST', '/scan-runs', { headers, body: { scope_id: scope } }));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
    expect(new Set(answers.map(({ body }) => body._id)).size).toBe(1);
    expect(planned).toHaveLength(2);
    const other = (await ask('POST', '/scan-scopes', { body: aScopeOf(instance) })).body._id;
    expect((await ask('POST', '/scan-runs', { headers, body: { scope_id: other } })).status).toBe(409);
  });

  it('a run is cancelled once, whoever asks', async () => {
    const { run } = await started();
    const answers = await atOnce(5, () => ask('POST', `/scan-runs/${run}/cancel`));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 202));
    expect((await ask('GET', `/scan-runs/${run}`)).body).toMatchObject({ status: 'cancelled', totals: { cells: 0 } });
    const events = await db()
      .collection<AuditEvent>(AUDIT_EVENTS.name)
      .find({ target: String(run) })
      .toArray();
    expect(events.map(({ action }) => action).toSorted()).toEqual([
      'scan_run.cancelled',
      'scan_run.finished',
      'scan_run.started',
    ]);
  });

  it('lists page through what there is, newest run first', async () => {
    const { scope, run } = await started();
    for (let n = 0; n < 4; n += 1) await ask('POST', '/scan-runs', { body: { scope_id: scope } });
    const seen: unknown[] = [];
    let url = '/scan-runs?limit=2';
    for (;;) {
      const { body } = await ask('GET', url);
      if (Array.isArray(body.items)) seen.push(...body.items.map(({ _id }) => _id));
      if (typeof body.next_cursor !== 'string') break;
      url = `/scan-runs?limit=2&cursor=${body.next_cursor}`;
    }
    expect(seen).toHaveLength(5);
    expect(seen.at(-1)).toBe(run);
    expect(seen).toEqual(seen.toSorted().toReversed());
  });
});

describe('two tenants', () => {
  const acme = { org_id: 'acme', sub: 'bob' };

  it('never see, use or count what is the other’s', async () => {
    const { instance, scope, run } = await started();
    for (const path of [
      `/connector-instances/${instance}`,
      `/scan-scopes/${scope}`,
      `/scan-runs/${run}`,
      `/scan-runs/${run}/cells`,
    ]) {
      expect((await ask('GET', path)).status).toBe(200);
      expect((await ask('GET', path, { claims: acme })).status).toBe(404);
      expect((await ask('GET', path, { claims: { workspaces: ['payments'] } })).status).toBe(404);
    }
    for (const path of ['/connector-instances', '/scan-scopes', '/scan-runs', '/stitch-runs', '/paths']) {
      expect((await ask('GET', path, { claims: acme })).body).toEqual({ items: [] });
    }
    expect((await ask('POST', '/scan-scopes', { claims: acme, body: aScopeOf(instance) })).status).toBe(404);
    expect((await ask('POST', '/scan-runs', { claims: acme, body: { scope_id: scope } })).status).toBe(404);
  });

  it('are both at work beside each other, each with run number 1', async () => {
    const ours = await started();
    const theirs = await started(acme, TWO);
    expect((await ask('GET', `/scan-runs/${theirs.run}`, { claims: acme })).body).toMatchObject({
      seq: 1,
      tenant_id: 'acme',
    });
    expect((await ask('GET', `/scan-runs/${ours.run}`)).body).toMatchObject({ seq: 1, tenant_id: TENANT });
  });

  it('cannot both have an account: the second is refused whole, and binds nothing', async () => {
    await started();
    const refused = await ask('POST', '/connector-instances', { claims: acme, body: anInstance([ONE, TWO]) });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'account_owned_by_another_tenant', detail: `config.account_ids: ${ONE}` },
    });
    expect((await ask('POST', '/connector-instances', { body: anInstance([TWO]) })).status).toBe(201);
  });
});

describe('a refusal', () => {
  it('is told to the audit of the tenant, once for a request', async () => {
    const claims = { permissions: ['paths:read'] };
    for (let n = 0; n < 2; n += 1) expect((await ask('GET', '/scan-runs', { claims })).status).toBe(403);
    expect(await db().collection<AuditEvent>(AUDIT_EVENTS.name).find().toArray()).toMatchObject([
      {
        tenant_id: TENANT,
        actor: 'ada',
        action: 'request.refused',
        target: 'GET /scan-runs',
        request_id: 'request-1',
        details: { permission: 'runs:read' },
      },
    ]);
  });
});

describe('reaching for an account of another tenant', () => {
  it('is told to the audit of who tried, without the number of the account', async () => {
    await started();
    const claims = { org_id: 'acme', sub: 'mallory' };
    expect((await ask('POST', '/connector-instances', { claims, body: anInstance([ONE]) })).status).toBe(409);
    const events = await ask('GET', '/audit-events?action=request.refused', { claims });
    expect(events.body.items).toMatchObject([
      {
        tenant_id: 'acme',
        actor: 'mallory',
        target: 'POST /connector-instances',
        details: { code: 'account_owned_by_another_tenant', field: 'config.account_ids' },
      },
    ]);
    expect(JSON.stringify(events.body)).not.toContain(ONE);
    expect((await ask('GET', '/audit-events?action=request.refused')).body).toEqual({ items: [] });
  });
});

describe('being ready', () => {
  it('is to reach the database', async () => {
    expect((await hub.app.request('/ready')).status).toBe(200);
  });
});
