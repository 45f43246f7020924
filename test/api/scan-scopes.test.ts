import { describe, expect, it } from 'vitest';
import type { ScanScope } from '../../src/control/scan-scope.ts';
import { anInstance, aPushInstance, aScope, at, ONE, THREE } from '../control/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const BASE = '/api/v1/scan-scopes';
const NEW = { instance_id: 'instance-1', scope_keys: {}, service_categories: ['aws_iam'] };

/** An API over an AWS and a push instance, and these scopes. */
function aHubWith(...scopes: readonly ScanScope[]) {
  const hub = aHubApi();
  for (const instance of [anInstance(), aPushInstance()]) hub.instances.documents.set(instance._id, instance);
  for (const scope of scopes) hub.scopes.documents.set(scope._id, scope);
  return hub;
}
const fieldsOf = (body: Readonly<Record<string, unknown>>): readonly string[] =>
  Array.isArray(body.errors) ? body.errors.map(({ field }) => field) : [];

describe('POST /scan-scopes', () => {
  it('takes a clock on a wall and a budget', async () => {
    const body = {
      ...NEW,
      schedule: { cron: '30 2 * * 1-5', timezone: 'Europe/Berlin' },
      budget: { max_api_calls: 1_000, max_minutes: 30 },
    };
    const answer = await aHubWith().ask('POST', BASE, { body });
    expect(answer).toMatchObject({ status: 201, body: { ...body, next_run_at: '2026-11-23T01:30:00.000Z' } });
    expect(answer.body.scope_keys).toEqual({ account_ids: [], regions: [] });
  });

  it.each([
    ['a cron that is none', { schedule: { cron: 'daily', timezone: 'UTC' } }, ['schedule.cron']],
    ['a cron of every minute', { schedule: { cron: '* * * * *', timezone: 'UTC' } }, ['schedule.cron']],
    ['a zone that is none', { schedule: { cron: '0 0 * * *', timezone: 'Mars' } }, ['schedule.timezone']],
    ['both wrong', { schedule: { cron: 'x', timezone: 'y' } }, ['schedule.cron', 'schedule.timezone']],
    ['a schedule of nothing', { schedule: {} }, ['schedule']],
    ['a schedule that is null', { schedule: null }, ['schedule']],
    ['a budget of nothing', { budget: {} }, ['budget']],
    ['a budget below nothing', { budget: { max_minutes: -1 } }, ['budget.max_minutes']],
    ['accounts that are no list', { scope_keys: { account_ids: ONE } }, ['scope_keys.account_ids']],
    ['a time to run at', { next_run_at: at(0) }, ['next_run_at']],
    ['a tenant', { tenant_id: 'acme' }, ['tenant_id']],
    ['the end of another', { ending_since: at(0) }, ['ending_since']],
    ['many categories', { service_categories: Array(51).fill('aws_iam') }, ['service_categories']],
  ])('refuses %s, naming the field, and makes nothing', async (_what, more, fields) => {
    const hub = aHubWith();
    const answer = await hub.ask('POST', BASE, { body: { ...NEW, ...more } });
    expect({ status: answer.status, fields: fieldsOf(answer.body) }).toEqual({ status: 400, fields });
    expect(hub.scopes.documents.size).toBe(0);
  });

  it('names the categories that are unknown and those that are known', async () => {
    const answer = await aHubWith().ask('POST', BASE, { body: { ...NEW, service_categories: ['aws_iot', 'aws_iam'] } });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: 'unknown_category',
        detail: 'service_categories: unknown aws_iot; this instance knows aws_iam, aws_lambda, aws_s3',
      },
    });
  });

  it('is once for one key', async () => {
    const hub = aHubWith();
    const headers = { 'idempotency-key': 'key-1' };
    const first = await hub.ask('POST', BASE, { body: NEW, headers });
    expect((await hub.ask('POST', BASE, { body: NEW, headers })).body).toEqual(first.body);
    expect(first.body).not.toHaveProperty('request_hash');
    expect(hub.scopes.documents.size).toBe(1);
  });
});

describe('PATCH /scan-scopes/:id', () => {
  it('changes what it names, and tells the audit the names of the fields', async () => {
    const hub = aHubWith(aScope());
    const body = { service_categories: ['aws_s3'], schedule: { every_minutes: 60 } };
    const answer = await hub.ask('PATCH', `${BASE}/scope-1`, { body });
    expect(answer).toMatchObject({ status: 200, body: { ...body, next_run_at: at(3_600), version: 2 } });
    expect(hub.audited).toMatchObject([
      { event: { action: 'scan_scope.changed', details: { fields: ['schedule', 'service_categories'] } } },
    ]);
  });

  it.each([
    ['an instance', { instance_id: 'push-1' }, 400, ['instance_id']],
    ['a time to run at', { next_run_at: at(0) }, 400, ['next_run_at']],
    ['nothing', {}, 400, ['body']],
    ['an account that is not there', { scope_keys: { account_ids: [THREE] } }, 400, ['scope_keys.account_ids']],
    ['a region that is not there', { scope_keys: { regions: ['mars-1'] } }, 400, ['scope_keys.regions']],
    ['a category that is not there', { service_categories: ['push'] }, 400, ['service_categories']],
  ])('refuses %s, naming the field, and changes nothing', async (_what, body, status, fields) => {
    const hub = aHubWith(aScope());
    const answer = await hub.ask('PATCH', `${BASE}/scope-1`, { body });
    expect({ status: answer.status, fields: fieldsOf(answer.body).slice(0, 1) }).toEqual({ status, fields });
    expect(hub.scopes.documents.get('scope-1')).toEqual(aScope());
  });

  it('may be while the instance is disabled, and not once it is deleted', async () => {
    const hub = aHubWith(aScope());
    const ask = (enabled: boolean) => hub.ask('PATCH', `${BASE}/scope-1`, { body: { enabled } });
    hub.instances.documents.set('instance-1', anInstance({ status: 'disabled' }));
    expect((await ask(false)).status).toBe(200);
    hub.instances.documents.set('instance-1', anInstance({ status: 'deleted' }));
    expect((await ask(true)).status).toBe(409);
  });

  it('of two changes at once lets both through', async () => {
    const hub = aHubWith(aScope());
    const bodies = [{ enabled: false }, { budget: { max_minutes: 5 } }, { service_categories: ['aws_s3'] }];
    await Promise.all(bodies.map((body) => hub.ask('PATCH', `${BASE}/scope-1`, { body })));
    expect(hub.scopes.documents.get('scope-1')).toMatchObject({
      enabled: false,
      budget: { max_minutes: 5 },
      service_categories: ['aws_s3'],
      version: 4,
    });
  });

  it.each([{ org_id: 'acme' }, { workspaces: ['payments'] }])('finds nothing for %j', async (claims) => {
    const hub = aHubWith(aScope());
    for (const method of ['PATCH', 'DELETE']) {
      const answer = await hub.ask(method, `${BASE}/scope-1`, { token: aToken(claims), body: { enabled: false } });
      expect(answer.status).toBe(404);
    }
    expect(hub.scopes.documents.get('scope-1')).toEqual(aScope());
  });
});

describe('DELETE /scan-scopes/:id', () => {
  it('marks it, tells the audit, and begins its end; twice is as once', async () => {
    const hub = aHubWith(aScope({ schedule: { every_minutes: 60 }, next_run_at: at(60) }));
    const first = await hub.ask('DELETE', `${BASE}/scope-1`);
    expect(first).toMatchObject({ status: 202, body: { enabled: false, deleted_by: 'ada', deleted_at: at(0) } });
    expect(first.body).not.toHaveProperty('next_run_at');
    expect(hub.ended).toEqual(['scope-1']);
    expect((await hub.ask('DELETE', `${BASE}/scope-1`)).body).toEqual(first.body);
    expect(hub.audited).toMatchObject([{ event: { action: 'scan_scope.deleted' } }]);
  });

  it('leaves it to be read, in no list, changed by nobody and started by nobody', async () => {
    const hub = aHubWith(aScope());
    await hub.ask('DELETE', `${BASE}/scope-1`);
    expect((await hub.ask('GET', `${BASE}/scope-1`)).body).toMatchObject({ deleted_at: at(0) });
    expect((await hub.ask('GET', BASE)).body).toEqual({ items: [] });
    expect((await hub.ask('PATCH', `${BASE}/scope-1`, { body: { enabled: true } })).status).toBe(409);
    expect((await hub.ask('POST', '/api/v1/scan-runs', { body: { scope_id: 'scope-1' } })).status).toBe(409);
  });
});

describe('GET /scan-scopes', () => {
  it.each([
    ['', ['a', 'b', 'c']],
    ['?enabled=true', ['a', 'c']],
    ['?enabled=false', ['b']],
    ['?instance_id=push-1', ['c']],
    ['?instance_id=push-1&enabled=false', []],
    ['?instance_id=nobody', []],
    ['?enabled=yes', 'body_invalid'],
    ['?enabled=', 'body_invalid'],
  ])('narrowed by "%s"', async (query, expected) => {
    const hub = aHubWith(
      aScope({ _id: 'a' }),
      aScope({ _id: 'b', enabled: false }),
      aScope({ _id: 'c', instance_id: 'push-1' }),
      aScope({ _id: 'd', enabled: false, deleted_at: at(0) }),
    );
    const { body } = await hub.ask('GET', `${BASE}${query}`);
    expect(Array.isArray(body.items) ? body.items.map(({ _id }) => _id) : body.code).toEqual(expected);
  });
});
