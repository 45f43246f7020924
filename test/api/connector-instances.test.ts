import { describe, expect, it } from 'vitest';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import {
  anInstance,
  aPushInstance,
  aScope,
  aServiceNowInstance,
  ONE,
  TENANT,
  THREE,
  TWO,
  WORKSPACE,
} from '../control/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const BASE = '/api/v1/connector-instances';
const AWS = {
  connector_kind: 'aws',
  display_name: 'MediaPro',
  config: { mode: 'accounts', account_ids: [ONE], regions: ['eu-west-1'] },
};
const SERVICENOW = {
  connector_kind: 'servicenow',
  display_name: 'ITSM',
  config: { instance_url: 'https://example.service-now.com' },
  credentials_ref: `throughline/${TENANT}/servicenow`,
};

/** An API over these instances. */
function aHubWith(...instances: readonly ConnectorInstance[]) {
  const hub = aHubApi();
  for (const instance of instances) hub.instances.documents.set(instance._id, instance);
  return hub;
}
const fieldsOf = (body: Readonly<Record<string, unknown>>): readonly string[] =>
  Array.isArray(body.errors) ? body.errors.map(({ field }) => field) : [];

describe('POST /connector-instances, for what a caller must not choose', () => {
  it.each([
    ['an external id', { ...AWS, external_id: 'mine' }, ['external_id']],
    [
      'an external id in the config',
      { ...AWS, config: { ...AWS.config, external_id: 'mine' } },
      ['config.external_id'],
    ],
    ['a role', { ...AWS, config: { ...AWS.config, role_name: 'Admin' } }, ['config.role_name']],
    ['an id', { ...AWS, _id: 'instance-9' }, ['_id']],
    ['a tenant', { ...AWS, tenant_id: 'acme' }, ['tenant_id']],
    ['capabilities', { ...AWS, discovered_capabilities: {} }, ['discovered_capabilities']],
    ['a run number', { ...AWS, last_seq: 99 }, ['last_seq']],
    ['a status', { ...AWS, status: 'deleted' }, ['status']],
    ['credentials for AWS', { ...AWS, credentials_ref: `throughline/${TENANT}/x` }, ['credentials_ref']],
    [
      'a host that ends alike',
      { ...SERVICENOW, config: { instance_url: 'https://evil-service-now.com' } },
      ['config.instance_url'],
    ],
    [
      'a host that begins alike',
      { ...SERVICENOW, config: { instance_url: 'https://service-now.com.evil.example' } },
      ['config.instance_url'],
    ],
    [
      'a port',
      { ...SERVICENOW, config: { instance_url: 'https://example.service-now.com:8443' } },
      ['config.instance_url'],
    ],
    ['another tenant\u2019s secret', { ...SERVICENOW, credentials_ref: 'throughline/acme/x' }, ['credentials_ref']],
    [
      'the secret of a tenant whose name begins alike',
      { ...SERVICENOW, credentials_ref: `throughline/${TENANT}-evil/x` },
      ['credentials_ref'],
    ],
    ['an ARN', { ...SERVICENOW, credentials_ref: 'arn:aws:secretsmanager:eu-west-1:1:secret:x' }, ['credentials_ref']],
    ['nothing', {}, ['connector_kind']],
    ['a list', [], ['body']],
    ['no kind', { display_name: 'x', config: {} }, ['connector_kind']],
    ['a kind of another type', { ...AWS, connector_kind: 7 }, ['connector_kind']],
    [
      'ten thousand and one accounts',
      { ...AWS, config: { ...AWS.config, account_ids: Array(10_001).fill(ONE) } },
      ['config.account_ids'],
    ],
  ])('refuses %s, naming the field, and makes nothing', async (_what, body, fields) => {
    const hub = aHubApi();
    const answer = await hub.ask('POST', BASE, { body });
    expect({ status: answer.status, fields: fieldsOf(answer.body) }).toEqual({ status: 400, fields });
    expect(hub.instances.documents.size).toBe(0);
    expect(hub.audited).toEqual([]);
  });

  it('issues the external id, the same for each instance of a tenant', async () => {
    const hub = aHubApi();
    const first = await hub.ask('POST', BASE, { body: AWS });
    const second = await hub.ask('POST', BASE, { body: AWS });
    expect(first.body.external_id).toMatch(/^throughline-[0-9a-f]{32}$/);
    expect(second.body.external_id).toBe(first.body.external_id);
    const acme = await hub.ask('POST', BASE, { body: AWS, token: aToken({ org_id: 'acme' }) });
    expect(acme.body.external_id).not.toBe(first.body.external_id);
  });

  it('makes each kind, and says nothing of how it was asked for', async () => {
    const hub = aHubApi();
    const push = {
      connector_kind: 'push',
      display_name: 'CMDB',
      config: {},
      source_system_ids: ['servicenow:example'],
    };
    for (const body of [AWS, SERVICENOW, push]) {
      const answer = await hub.ask('POST', BASE, {
        body,
        headers: { 'idempotency-key': `key-${body.connector_kind}` },
      });
      expect(answer).toMatchObject({ status: 201, body: { ...body, status: 'active', version: 1 } });
      expect(answer.body).not.toHaveProperty('request_hash');
    }
  });

  it('makes one instance for one key, however often it is sent, and none for another body', async () => {
    const hub = aHubApi();
    const headers = { 'idempotency-key': 'key-1' };
    const first = await hub.ask('POST', BASE, { body: AWS, headers });
    expect(await hub.ask('POST', BASE, { body: AWS, headers })).toMatchObject({ status: 201, body: first.body });
    expect(await hub.ask('POST', BASE, { body: SERVICENOW, headers })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    expect(hub.instances.documents.size).toBe(1);
    expect(hub.audited).toHaveLength(1);
  });
});

describe('PATCH /connector-instances/:id', () => {
  it('changes what it names, and tells the audit the names of the fields and no values', async () => {
    const hub = aHubWith(anInstance());
    const answer = await hub.ask('PATCH', `${BASE}/instance-1`, {
      body: { display_name: 'Media', status: 'disabled' },
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { display_name: 'Media', status: 'disabled', version: 2, external_id: 'throughline-0123' },
    });
    expect(hub.audited).toMatchObject([
      {
        event: {
          actor: 'ada',
          action: 'connector_instance.changed',
          target: 'instance-1',
          details: { fields: ['display_name', 'status'] },
        },
      },
    ]);
    expect(JSON.stringify(hub.audited)).not.toContain('Media');
  });

  it.each([
    ['an external id', { external_id: 'mine' }, ['external_id']],
    ['a kind', { connector_kind: 'push' }, ['connector_kind']],
    ['a tenant', { tenant_id: 'acme' }, ['tenant_id']],
    ['a workspace', { workspace_id: 'payments' }, ['workspace_id']],
    ['an external id in the config', { config: { ...AWS.config, external_id: 'x' } }, ['config.external_id']],
    ['the config of another kind', { config: SERVICENOW.config }, ['config.mode']],
    ['credentials', { credentials_ref: `throughline/${TENANT}/x` }, ['credentials_ref']],
    ['a status for the hub alone', { status: 'deleted' }, ['status']],
    ['nothing', {}, ['body']],
    ['a list', [], ['body']],
  ])('refuses %s, naming the field, and changes nothing', async (_what, body, fields) => {
    const hub = aHubWith(anInstance());
    const answer = await hub.ask('PATCH', `${BASE}/instance-1`, { body });
    expect({ status: answer.status, fields: fieldsOf(answer.body).slice(0, 1) }).toEqual({ status: 400, fields });
    expect(hub.instances.documents.get('instance-1')).toEqual(anInstance());
  });

  it.each([
    { config: { instance_url: 'https://service-now.com.evil.example' } },
    { config: { instance_url: 'https://user@example.service-now.com' } },
    { credentials_ref: 'throughline/acme/servicenow' },
    { credentials_ref: `throughline/${TENANT}/../acme/servicenow` },
  ])('refuses to lead to what is not the tenant\u2019s: %j', async (body) => {
    const hub = aHubWith(aServiceNowInstance());
    expect((await hub.ask('PATCH', `${BASE}/servicenow-1`, { body })).status).toBe(400);
    expect(hub.instances.documents.get('servicenow-1')).toEqual(aServiceNowInstance());
  });

  it('binds the accounts that are added, and those alone', async () => {
    const bound: unknown[] = [];
    const hub = aHubApi({
      bindAccounts: async (...given) => {
        bound.push(given);
        return [];
      },
    });
    hub.instances.documents.set('instance-1', anInstance());
    const config = { mode: 'accounts', account_ids: [ONE, THREE], regions: ['eu-west-1', 'us-east-1'] };
    expect((await hub.ask('PATCH', `${BASE}/instance-1`, { body: { config } })).status).toBe(200);
    expect(bound).toEqual([[{ tenant_id: TENANT, instance_id: 'instance-1' }, [THREE]]]);
  });

  it('refuses an account that another tenant holds, and changes nothing', async () => {
    const hub = aHubApi({ bindAccounts: async () => [THREE] });
    hub.instances.documents.set('instance-1', anInstance());
    const config = { mode: 'accounts', account_ids: [ONE, TWO, THREE], regions: ['eu-west-1'] };
    const answer = await hub.ask('PATCH', `${BASE}/instance-1`, { body: { config } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'account_owned_by_another_tenant' } });
    expect(fieldsOf(answer.body)).toEqual(['config.account_ids']);
    expect(hub.instances.documents.get('instance-1')).toEqual(anInstance());
  });

  it('refuses to leave a scope without its accounts, naming the scope', async () => {
    const hub = aHubWith(anInstance());
    hub.scopes.documents.set('scope-1', aScope({ scope_keys: { account_ids: [TWO], regions: [] } }));
    const body = { config: { mode: 'accounts', account_ids: [ONE], regions: ['eu-west-1', 'us-east-1'] } };
    const answer = await hub.ask('PATCH', `${BASE}/instance-1`, { body });
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: expect.stringContaining('scope-1') },
    });
    hub.scopes.documents.set('scope-1', aScope({ deleted_at: '2026-11-21T12:00:00.000Z', enabled: false }));
    expect((await hub.ask('PATCH', `${BASE}/instance-1`, { body })).status).toBe(200);
  });

  it('of what is so already changes nothing and tells nobody', async () => {
    const hub = aHubWith(anInstance());
    const answer = await hub.ask('PATCH', `${BASE}/instance-1`, { body: { display_name: 'MediaPro' } });
    expect(answer).toMatchObject({ status: 200, body: { version: 1 } });
    expect(hub.audited).toEqual([]);
  });

  it('of two changes at once lets both through, one after the other', async () => {
    const hub = aHubWith(anInstance());
    const bodies = [{ display_name: 'Media' }, { status: 'disabled' }];
    await Promise.all(bodies.map((body) => hub.ask('PATCH', `${BASE}/instance-1`, { body })));
    expect(hub.instances.documents.get('instance-1')).toMatchObject({
      display_name: 'Media',
      status: 'disabled',
      version: 3,
    });
  });

  it('gives up with a conflict where others are always faster', async () => {
    const hub = aHubWith(anInstance());
    const busy = aHubApi({ instances: { ...hub.deps.instances, change: async () => false } });
    const answer = await busy.ask('PATCH', `${BASE}/instance-1`, { body: { display_name: 'x' } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it.each([{ org_id: 'acme' }, { workspaces: ['payments'] }])('finds nothing for %j', async (claims) => {
    const hub = aHubWith(anInstance());
    for (const method of ['PATCH', 'DELETE']) {
      const answer = await hub.ask(method, `${BASE}/instance-1`, {
        token: aToken(claims),
        body: { display_name: 'x' },
      });
      expect(answer.status).toBe(404);
    }
    expect(hub.instances.documents.get('instance-1')).toEqual(anInstance());
  });
});

describe('DELETE /connector-instances/:id', () => {
  it('marks it, tells the audit, and begins its end', async () => {
    const hub = aHubWith(anInstance());
    const answer = await hub.ask('DELETE', `${BASE}/instance-1`);
    expect(answer).toMatchObject({
      status: 202,
      body: { status: 'deleted', deleted_by: 'ada', deleted_at: expect.any(String), ending_since: expect.any(String) },
    });
    expect(hub.audited).toMatchObject([{ event: { action: 'connector_instance.deleted', target: 'instance-1' } }]);
    expect(hub.ended).toEqual(['instance-1']);
  });

  it('twice is as once', async () => {
    const hub = aHubWith(anInstance());
    const first = await hub.ask('DELETE', `${BASE}/instance-1`);
    expect(await hub.ask('DELETE', `${BASE}/instance-1`)).toMatchObject({ status: 202, body: first.body });
    expect(hub.audited).toHaveLength(1);
  });

  it('leaves its history: it can be read, is in no list unless it is asked for, and is changed by nobody', async () => {
    const hub = aHubWith(anInstance(), aPushInstance());
    await hub.ask('DELETE', `${BASE}/instance-1`);
    const ids = async (query: string) => (await hub.ask('GET', `${BASE}${query}`)).body;
    expect((await hub.ask('GET', `${BASE}/instance-1`)).body).toMatchObject({ status: 'deleted' });
    expect(await ids('')).toMatchObject({ items: [{ _id: 'push-1' }] });
    expect(await ids('?status=deleted')).toMatchObject({ items: [{ _id: 'instance-1' }] });
    const patched = await hub.ask('PATCH', `${BASE}/instance-1`, { body: { display_name: 'x' } });
    expect(patched).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const scope = { instance_id: 'instance-1', scope_keys: {}, service_categories: ['aws_iam'] };
    expect((await hub.ask('POST', '/api/v1/scan-scopes', { body: scope })).status).toBe(409);
  });

  it('needs the permission to change instances', async () => {
    const hub = aHubWith(anInstance());
    const answer = await hub.ask('DELETE', `${BASE}/instance-1`, {
      token: aToken({ permissions: ['instances:read'] }),
    });
    expect(answer.status).toBe(403);
    expect(hub.instances.documents.get('instance-1')?.status).toBe('active');
  });
});

describe('GET /connector-instances', () => {
  const hub = () => aHubWith(anInstance({ status: 'disabled' }), aPushInstance(), aServiceNowInstance());
  const ids = async (query: string) => {
    const { body } = await hub().ask('GET', `${BASE}${query}`);
    return Array.isArray(body.items) ? body.items.map(({ _id }) => _id) : body.code;
  };

  it.each([
    ['', ['instance-1', 'push-1', 'servicenow-1']],
    ['?kind=push', ['push-1']],
    ['?status=active', ['push-1', 'servicenow-1']],
    ['?kind=aws&status=disabled', ['instance-1']],
    ['?kind=entra', []],
    ['?kind=gcp', 'body_invalid'],
    ['?status=gone', 'body_invalid'],
    ['?workspace_id=payments', 'body_invalid'],
  ])('narrowed by "%s"', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('pages within what it is narrowed to', async () => {
    const first = await hub().ask('GET', `${BASE}?status=active&limit=1`);
    expect(first.body).toMatchObject({ items: [{ _id: 'push-1', workspace_id: WORKSPACE }] });
    const second = await hub().ask('GET', `${BASE}?status=active&limit=1&cursor=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ items: [{ _id: 'servicenow-1' }] });
    expect(second.body).not.toHaveProperty('next_cursor');
  });
});
