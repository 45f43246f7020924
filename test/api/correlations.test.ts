import { beforeEach, describe, expect, it } from 'vitest';
import { RULES } from '../../src/correlations/registry.ts';
import { AppError } from '../../src/kernel/failures.ts';
import { TENANT } from '../control/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';
import { aCorrelation, aFarEnd, anEntity, anIdentity, aTrust, roleRef } from './results-builders.ts';

const API = '/api/v1';
const [READER, WRITER, STRANGER] = [roleRef('reader'), roleRef('writer', '222222222222'), roleRef('stranger')];
const [reader, writer, stranger] = [anEntity(READER), anEntity(WRITER), aFarEnd(STRANGER)];
const RULE = 'mcp-server-to-entra-sp';
const PAYMENTS = { workspaces: ['payments'] };

let hub: ReturnType<typeof aHubApi>;
beforeEach(() => {
  hub = aHubApi();
  hub.entities.push(reader, writer, stranger);
});

const ask = (method: string, path: string, body?: unknown, claims = {}) =>
  hub.ask(method, `${API}${path}`, { token: aToken(claims), ...(body !== undefined && { body }) });
const get = (path: string, claims = {}) => ask('GET', path, undefined, claims);
const put = (body: unknown, claims = {}) => ask('PUT', '/correlation-settings', body, claims);
const aPair = (given = {}) => ({
  left: reader._id,
  right: writer._id,
  decision: 'forbid',
  reason: 'two teams',
  ...given,
});

describe('GET /correlations', () => {
  it('filters by rule, status and entity, and says nothing of who else sees it', async () => {
    const gone = aCorrelation({ _id: 'b'.repeat(64), status: 'retired', retired_because: 'rule_off' });
    hub.correlations.push(aCorrelation(), gone);
    expect((await get('/correlations?status=retired')).body.items).toMatchObject([{ retired_because: 'rule_off' }]);
    expect((await get(`/correlations?rule_id=${RULE}`)).body.items).toEqual([]);
    const { text, body } = await get(`/correlations?entity=${writer._id}`);
    expect(body.items).toHaveLength(2);
    expect(text).not.toMatch(/members|content_hash|platform/);
  });

  it.each([
    ['rule_id', 'No Rule'],
    ['rule_id', 'x'.repeat(101)],
    ['status', 'gone'],
    ['entity', 'arn:aws:iam::1:role/x'],
    ['left', 'x'],
  ])('says which parameter is wrong: %s=%s', async (name, value) => {
    expect(await get(`/correlations?${name}=${encodeURIComponent(value)}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: name }] },
    });
  });
});

describe('GET /correlation-rules', () => {
  it('tells every rule and how it is set', async () => {
    const { body } = await get('/correlation-rules?limit=200');
    const items = Array.isArray(body.items) ? body.items : [];
    expect(items.map(({ id, enabled }) => [id, enabled])).toEqual(
      RULES.map(({ id, default_enabled }) => [id, default_enabled]),
    );
    await put({ version: 0, rules: [{ rule_id: RULE, enabled: true, reason: 'we have such servers' }] });
    const after = (await get('/correlation-rules?limit=200')).body.items;
    expect(after).toContainEqual(
      expect.objectContaining({ id: RULE, enabled: true, setting: expect.objectContaining({ changed_by: 'ada' }) }),
    );
  });

  it('pages', async () => {
    const first = await get('/correlation-rules?limit=5');
    const second = await get(`/correlation-rules?limit=5&cursor=${first.body.next_cursor}`);
    expect([first.body.items, second.body.items].flat()).toHaveLength(RULES.length);
  });
});

describe('PUT /correlation-settings', () => {
  it('decides, tells who, when and why, and asks for a stitch', async () => {
    const rules = [{ rule_id: RULE, enabled: true, reason: 'we have such servers' }];
    const { status, body } = await put({ version: 0, rules, pairs: [aPair()] });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      tenant_id: TENANT,
      version: 1,
      rules: [{ ...rules[0], changed_by: 'ada' }],
      pairs: [{ ...aPair(), changed_by: 'ada' }],
      updated_by: 'ada',
    });
    expect((await get('/correlation-settings')).body).toEqual(body);
    expect(hub.requested).toEqual([[TENANT, { kind: 'settings_changed', by: '1' }]]);
    expect(hub.told).toMatchObject([
      { action: 'correlation_settings.changed', actor: 'ada', target: TENANT, details: { version: 1 } },
    ]);
  });

  it('that says what is so already changes nothing', async () => {
    const rules = [{ rule_id: RULE, enabled: true, reason: 'why' }];
    await put({ version: 0, rules });
    expect((await put({ version: 1, rules })).body).toMatchObject({ version: 1 });
    expect([hub.requested.length, hub.told.length]).toEqual([1, 1]);
  });

  it('sent twice is a conflict the second time, as is one whose author was too slow', async () => {
    const body = { version: 0, rules: [{ rule_id: RULE, enabled: true, reason: 'why' }] };
    expect((await put(body)).status).toBe(200);
    expect(await put(body)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const late = aHubApi({ settings: { ...hub.deps.settings, get: async () => undefined, change: async () => false } });
    expect((await late.ask('PUT', `${API}/correlation-settings`, { body })).status).toBe(409);
    expect(hub.requested).toHaveLength(1);
  });

  it.each([
    ['version', {}],
    ['version', { version: -1 }],
    ['version', { version: '0' }],
    ['rules[0].rule_id', { version: 0, rules: [{ rule_id: 'no-such-rule', enabled: true, reason: 'why' }] }],
    ['rules.0.reason', { version: 0, rules: [{ rule_id: RULE, enabled: true }] }],
    ['rules.0.reason', { version: 0, rules: [{ rule_id: RULE, enabled: true, reason: ' ' }] }],
    ['rules.0.reason', { version: 0, rules: [{ rule_id: RULE, enabled: true, reason: 'x'.repeat(501) }] }],
    ['pairs[0].left', { version: 0, pairs: [aPair({ left: 'f'.repeat(64) })] }],
    ['pairs[0].right', { version: 0, pairs: [aPair({ right: stranger._id })] }],
    ['pairs[0]', { version: 0, pairs: [aPair({ right: reader._id })] }],
    ['pairs[1]', { version: 0, pairs: [aPair(), aPair({ left: writer._id, right: reader._id })] }],
    ['pairs.0.decision', { version: 0, pairs: [aPair({ decision: 'maybe' })] }],
    ['pairs', { version: 0, pairs: Array.from({ length: 1_001 }, () => aPair()) }],
    ['_id', { version: 0, _id: 'acme' }],
  ])('names the field that is wrong: %s', async (field, body) => {
    const answer = await put(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'body_invalid' } });
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ field }));
    expect([hub.settings.size, hub.requested]).toEqual([0, []]);
  });

  it('takes a far end that an edge of the caller names', async () => {
    hub.edges.push(aTrust(STRANGER, READER));
    expect((await put({ version: 0, pairs: [aPair({ right: stranger._id })] })).status).toBe(200);
  });

  it('leaves what it does not show as it is: pairs of another workspace', async () => {
    await put({ version: 0, pairs: [aPair()] });
    expect((await get('/correlation-settings', PAYMENTS)).body).toMatchObject({ version: 1, pairs: [] });
    const rules = [{ rule_id: RULE, enabled: true, reason: 'why' }];
    expect((await put({ version: 1, rules, pairs: [] }, PAYMENTS)).body).toMatchObject({ version: 2, pairs: [] });
    expect((await get('/correlation-settings')).body).toMatchObject({ version: 2, pairs: [aPair()], rules });
    // Whether the pair was decided about is not told either: to them there is no such entity.
    const guessed = await put({ version: 2, rules, pairs: [aPair()] }, PAYMENTS);
    expect(guessed).toMatchObject({ status: 400 });
    expect(guessed.text).toContain('there is no entity');
    expect(guessed.text).not.toContain('twice');
  });

  it('lets go of a pair of which one is gone', async () => {
    await put({ version: 0, pairs: [aPair()] });
    hub.entities.splice(1, 1);
    expect((await get('/correlation-settings')).body).toMatchObject({ pairs: [aPair()] });
    expect((await put({ version: 1 })).body).toMatchObject({ version: 2, pairs: [] });
  });

  it('holds all the same where the stitch could not be asked for: the tick does it', async () => {
    const left: string[] = [];
    hub = aHubApi({
      settingsChanged: () => Promise.reject(new Error('the queue is away')),
      unfollowed: (tenant_id, error) => void left.push(`${tenant_id}: ${error}`),
    });
    expect((await put({ version: 0, rules: [{ rule_id: RULE, enabled: true, reason: 'why' }] })).status).toBe(200);
    expect(left).toEqual([`${TENANT}: Error: the queue is away`]);
  });
});

describe('GET /correlations/explain', () => {
  it('takes ids and what sources call a thing', async () => {
    const left = encodeURIComponent(READER.source_record_id);
    expect((await get(`/correlations/explain?left=${left}&right=${writer._id}`)).status).toBe(200);
    expect(hub.asked).toEqual([
      { workspace_ids: ['platform'], ask: 'explain', question: { left: reader._id, right: writer._id } },
    ]);
  });

  it.each([
    ['left=x', 400, 'right'],
    [`left=${reader._id}&right=`, 400, 'right'],
    [`left=${reader._id}&right=arn:aws:iam::1:role/none`, 404, 'right'],
    [`left=${'f'.repeat(64)}&right=${reader._id}`, 404, 'left'],
    [`left=${stranger._id}&right=${reader._id}`, 404, 'left'],
    [`left=${reader._id}&left=${writer._id}&right=x`, 400, 'left'],
  ])('says which of the two is wrong: %s', async (query, status, field) => {
    const answer = await get(`/correlations/explain?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.body.errors).toMatchObject([{ field }]);
    expect(hub.asked).toEqual([]);
  });

  it('does not guess among two records of one name', async () => {
    hub.entities.push(anEntity({ ...READER, source_system_id: 'warehouse:lyon' }));
    const left = encodeURIComponent(READER.source_record_id);
    const answer = await get(`/correlations/explain?left=${left}&right=${writer._id}`);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'left' }] } });
    expect(answer.body.detail).toContain('several source systems');
  });

  it('says why a graph cannot be asked', async () => {
    const explain = () => Promise.reject(new AppError('estate_too_large', 'there are more than 10 entities'));
    const full = aHubApi({ graph: { ...hub.deps.graph, explain } });
    full.entities.push(reader, writer);
    const answer = await full.ask('GET', `${API}/correlations/explain?left=${reader._id}&right=${writer._id}`);
    expect(answer.body).toMatchObject({ code: 'estate_too_large' });
  });
});

describe('GET /canonical-identities', () => {
  it('resolves the present id and every former one', async () => {
    const identity = anIdentity();
    hub.identities.push(identity);
    for (const { identity_id } of identity.source_records) {
      expect((await get(`/canonical-identities/${identity_id}`)).body).toMatchObject({ _id: identity._id });
    }
    expect((await get(`/canonical-identities/${'f'.repeat(64)}`)).status).toBe(404);
    expect((await get('/canonical-identities/$ne')).status).toBe(404);
    expect((await get('/canonical-identities')).text).not.toMatch(/members"|content_hash/);
  });

  it.each([
    ['entity_type', 'nobody'],
    ['rule', 'No Rule'],
    ['entity', 'arn'],
  ])('says which parameter is wrong: %s=%s', async (name, value) => {
    expect(await get(`/canonical-identities?${name}=${value}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: name }] },
    });
  });
});
