import { beforeEach, describe, expect, it } from 'vitest';
import {
  aCell,
  anInstance,
  aPlannedRun,
  aRun,
  aScope,
  ONE,
  START,
  TENANCY,
  TENANT,
  TERMS,
  TWO,
} from '../runs/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const API = '/api/v1';
const INSTANCE = {
  connector_kind: 'aws',
  display_name: 'MediaPro',
  config: { mode: 'accounts', account_ids: [ONE], regions: ['eu-west-1'] },
};
const SCOPE = { instance_id: 'instance-1', scope_keys: {}, service_categories: ['aws_iam'] };

let hub: ReturnType<typeof aHubApi>;
beforeEach(() => {
  hub = aHubApi();
  hub.instances.documents.set('instance-1', anInstance());
  hub.scopes.documents.set('scope-1', aScope());
});

describe('POST /connector-instances', () => {
  it('makes an instance in the first workspace of the token, and tells the audit', async () => {
    const token = aToken({ workspaces: ['payments', 'platform'] });
    const answer = await hub.ask('POST', `${API}/connector-instances`, { body: INSTANCE, token });
    expect(answer).toMatchObject({
      status: 201,
      body: { _id: 'id-1', tenant_id: TENANT, workspace_id: 'payments', created_by: 'ada' },
    });
    expect(hub.instances.documents.get('id-1')).toEqual(answer.body);
    expect(hub.audited).toMatchObject([
      {
        kind: 'audit',
        event: {
          actor: 'ada',
          action: 'connector_instance.created',
          target: 'id-1',
          request_id: 'request-1',
          workspace_id: 'payments',
        },
      },
    ]);
  });

  it('makes it in the workspace that the body asks for, if the token names it', async () => {
    const token = aToken({ workspaces: ['payments', 'platform'] });
    const asking = (workspace_id: string) =>
      hub.ask('POST', `${API}/connector-instances`, { body: { ...INSTANCE, workspace_id }, token });
    expect((await asking('platform')).body.workspace_id).toBe('platform');
    expect(await asking('secret')).toMatchObject({
      status: 404,
      body: { code: 'not_found', errors: [{ field: 'workspace_id' }] },
    });
  });

  it('refuses accounts that another tenant holds, naming them, and makes nothing', async () => {
    const taken = aHubApi({ bindAccounts: async () => [ONE] });
    expect(await taken.ask('POST', `${API}/connector-instances`, { body: INSTANCE })).toMatchObject({
      status: 409,
      body: {
        code: 'account_owned_by_another_tenant',
        detail: `config.account_ids: ${ONE}`,
        errors: [{ field: 'config.account_ids', message: ONE }],
      },
    });
    expect([taken.instances.documents.size, taken.audited]).toEqual([0, []]);
  });

  it('refuses an organization that is not the tenant’s, naming the field', async () => {
    const body = { ...INSTANCE, config: { mode: 'organization', regions: ['eu-west-1'] } };
    expect((await hub.ask('POST', `${API}/connector-instances`, { body })).status).toBe(201);
    const token = aToken({ org_id: 'acme' });
    expect(await hub.ask('POST', `${API}/connector-instances`, { body, token })).toMatchObject({
      status: 400,
      body: { code: 'body_invalid', errors: [{ field: 'config.mode', message: expect.not.stringMatching(/^config/) }] },
    });
  });
});

describe('POST /scan-scopes', () => {
  it('makes a scope where its instance is, and tells the audit', async () => {
    const answer = await hub.ask('POST', `${API}/scan-scopes`, { body: SCOPE });
    expect(answer).toMatchObject({ status: 201, body: { _id: 'id-1', ...TENANCY, enabled: true } });
    expect(hub.scopes.documents.get('id-1')).toEqual(answer.body);
    expect(hub.audited).toMatchObject([{ event: { action: 'scan_scope.created', target: 'id-1' } }]);
  });

  it.each([
    ['an instance that is not', { ...SCOPE, instance_id: 'instance-9' }, 404, 'not_found', 'instance_id'],
    [
      'an unknown category',
      { ...SCOPE, service_categories: ['aws_iot'] },
      400,
      'unknown_category',
      'service_categories',
    ],
    [
      'a foreign account',
      { ...SCOPE, scope_keys: { account_ids: ['999999999999'] } },
      400,
      'account_not_in_scope',
      'scope_keys.account_ids',
    ],
    [
      'a foreign region',
      { ...SCOPE, scope_keys: { regions: ['eu-north-1'] } },
      400,
      'body_invalid',
      'scope_keys.regions',
    ],
  ])('refuses %s, naming the field', async (_what, body, status, code, field) => {
    const answer = await hub.ask('POST', `${API}/scan-scopes`, { body });
    expect(answer).toMatchObject({ status, body: { code, errors: [{ field }] } });
    expect(hub.scopes.documents.size).toBe(1);
  });

  it('names the categories that it knows in the remedy', async () => {
    const answer = await hub.ask('POST', `${API}/scan-scopes`, { body: { ...SCOPE, service_categories: ['aws_iot'] } });
    expect(answer.body.remedy).toBe(`Use one of: ${TERMS.categories.join(', ')}.`);
  });

  it('does not find an instance of another tenant or workspace', async () => {
    for (const claims of [{ org_id: 'acme' }, { workspaces: ['payments'] }]) {
      expect((await hub.ask('POST', `${API}/scan-scopes`, { body: SCOPE, token: aToken(claims) })).status).toBe(404);
    }
  });
});

describe('POST /scan-runs', () => {
  it('starts a run: written, then sent, and shown without what is ours', async () => {
    const answer = await hub.ask('POST', `${API}/scan-runs`, { body: { scope_id: 'scope-1' } });
    expect(answer).toMatchObject({
      status: 202,
      body: {
        _id: 'id-1',
        seq: 7,
        status: 'queued',
        trigger: 'manual',
        requested_by: 'ada',
        created_at: START.toISOString(),
      },
    });
    expect(Object.keys(answer.body)).not.toContain('outbox');
    expect(hub.runs.documents.get('id-1')?.outbox).toMatchObject([{ event: { request_id: 'request-1' } }]);
    expect(hub.planned.map(({ _id }) => _id)).toEqual(['id-1']);
  });

  it.each([{ org_id: 'acme' }, { workspaces: ['payments'] }])('does not find the scope for %j', async (claims) => {
    const answer = await hub.ask('POST', `${API}/scan-runs`, { body: { scope_id: 'scope-1' }, token: aToken(claims) });
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect([hub.planned, hub.runs.documents.size]).toEqual([[], 0]);
  });
});

describe('POST /scan-runs, where something is in the way', () => {
  const start = () => hub.ask('POST', `${API}/scan-runs`, { body: { scope_id: 'scope-1' } });

  it.each([
    ['scope', () => hub.scopes.documents.set('scope-1', aScope({ enabled: false }))],
    ['instance', () => hub.instances.documents.set('instance-1', anInstance({ status: 'disabled' }))],
  ])('starts nothing for a disabled %s', async (what, disable) => {
    disable();
    const answer = await start();
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(answer.body.detail).toContain(`the ${what} is disabled`);
    expect(hub.runs.documents.size).toBe(0);
  });

  it('answers with the run all the same when its message cannot be sent: the tick sends another', async () => {
    const told: string[] = [];
    hub = aHubApi({
      enqueuePlan: async () => {
        throw new Error('the queue is away');
      },
      unsent: (run, error) => told.push(`${run._id}: ${error}`),
    });
    hub.instances.documents.set('instance-1', anInstance());
    hub.scopes.documents.set('scope-1', aScope());
    const answer = await start();
    expect(answer.status).toBe(202);
    expect(hub.runs.documents.has(String(answer.body._id))).toBe(true);
    expect(told).toEqual([`${answer.body._id}: Error: the queue is away`]);
  });
});

describe('GET one', () => {
  it.each(['connector-instances/instance-1', 'scan-scopes/scope-1'])(
    '/%s shows it to its tenant only',
    async (path) => {
      expect((await hub.ask('GET', `${API}/${path}`)).status).toBe(200);
      expect((await hub.ask('GET', `${API}/${path}`, { token: aToken({ org_id: 'acme' }) })).status).toBe(404);
      expect((await hub.ask('GET', `${API}/${path}`, { token: aToken({ workspaces: ['payments'] }) })).status).toBe(
        404,
      );
      expect((await hub.ask('GET', `${API}/${path}9`)).status).toBe(404);
    },
  );

  it('/scan-runs/:id shows how far it is', async () => {
    hub.runs.documents.set('run-1', aPlannedRun());
    for (const cell of [
      aCell({ status: 'succeeded' }),
      aCell({ status: 'superseded', category: 'aws_s3' }),
      aCell({ account_id: TWO }),
      aCell({ account_id: TWO, category: 'aws_s3', status: 'running' }),
    ]) {
      hub.cells.documents.set(cell._id, cell);
    }
    expect((await hub.ask('GET', `${API}/scan-runs/run-1`)).body.progress).toEqual({
      planned: true,
      total: 4,
      done: 2,
      by_status: { succeeded: 1, superseded: 1, waiting: 1, running: 1 },
      api_calls: 0,
      observed: 0,
      errors_by_code: {},
    });
  });

  it('/scan-runs/:id says that a run is not planned yet', async () => {
    hub.runs.documents.set('run-1', aRun());
    const { body } = await hub.ask('GET', `${API}/scan-runs/run-1`);
    expect(body.progress).toMatchObject({ planned: false, total: 0, done: 0, by_status: {} });
    expect(Object.keys(body)).not.toContain('outbox');
  });
});

describe('POST /scan-runs/:id/cells/:key/release', () => {
  const path = `${API}/scan-runs/run-1/cells/aws_iam:${ONE}/release`;
  beforeEach(() => {
    hub.runs.documents.set('run-1', aPlannedRun({ status: 'partial' }));
    hub.cells.documents.set(aCell()._id, aCell({ status: 'partial' }));
  });

  it('notes who released it and sends the cell again, whether its colon is encoded or not', async () => {
    expect(await hub.ask('POST', path)).toMatchObject({ status: 202, body: { release: { requested_by: 'ada' } } });
    expect(hub.resent).toMatchObject([{ _id: aCell()._id, send_no: 1 }]);
    hub.cells.documents.set(aCell()._id, aCell({ status: 'partial' }));
    expect((await hub.ask('POST', path.replace('aws_iam:', 'aws_iam%3A'))).status).toBe(202);
  });

  it('is a conflict where nothing is held, and not found in another tenant', async () => {
    expect(await hub.ask('POST', path.replace(ONE, TWO))).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await hub.ask('POST', path, { token: aToken({ org_id: 'acme' }) })).status).toBe(404);
    expect(hub.resent).toEqual([]);
  });
});
