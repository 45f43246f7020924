import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { LARGEST_BODY } from '../../lambdas/api/request.ts';
import { ANY_TOKEN, PERMISSIONS } from '../../lambdas/api/route.ts';
import { awayRouter } from '../../lambdas/api/router.ts';
import { routes } from '../../lambdas/api/routes/index.ts';
import { ERROR_FACTS } from '../../src/kernel/error-facts.ts';
import { AppError, ERROR_CODES } from '../../src/kernel/failures.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const TABLE = routes(aHubApi().deps);
const urlOf = (path: string): string => `/api/v1${path.replaceAll(/:\w+/g, 'some-id')}`;
const named = TABLE.map((route) => [`${route.method} ${route.path}`, route] as const);
const guarded = named.filter(([, { permission }]) => permission !== ANY_TOKEN);
const SCOPE = '/api/v1/scan-scopes';

describe('every route', () => {
  it('is there once', () => {
    const names = named.map(([name]) => name);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toContain('POST /scan-runs');
  });

  it.each(guarded)(
    '%s states a known permission, and that it writes if it does',
    (_name, { method, permission, asks }) => {
      expect(PERMISSIONS).toContain(permission);
      expect(permission.endsWith(':write')).toBe(method !== 'GET' && !asks);
    },
  );

  it('needs a permission, but for the one whose answer is the same for everybody', () => {
    expect(named.filter((one) => !guarded.includes(one)).map(([name]) => name)).toEqual(['GET /openapi.json']);
  });

  it.each(named)('%s has a summary, and a schema of its answer that can be described', (_name, { summary, answer }) => {
    expect(summary).toMatch(/^[A-Z].{5,90}[^.]$/);
    // `z.custom` says nothing and cannot be described.
    expect(() => z.toJSONSchema(answer)).not.toThrow();
    expect(answer.safeParse(undefined).success).toBe(false);
  });

  it.each(guarded)(
    '%s is refused without its permission, and that is audited',
    async (name, { method, path, permission }) => {
      const hub = aHubApi();
      const token = aToken({ permissions: PERMISSIONS.filter((other) => other !== permission) });
      const answer = await hub.ask(method, urlOf(path), { token, body: method === 'POST' ? {} : undefined });
      expect(answer).toMatchObject({
        status: 403,
        body: { code: 'permission_missing', detail: expect.stringContaining(permission) },
      });
      expect(answer.body.remedy).toContain(permission);
      expect(hub.refused).toEqual([[name, `ada ${permission}`]]);
      expect(hub.crashed).toEqual([]);
    },
  );

  it.each(named)('%s believes nobody whom the authorizer did not let pass', async (_name, { method, path }) => {
    for (const bindings of [{}, { event: {} }, { event: { requestContext: { requestId: 'r', authorizer: {} } } }]) {
      const answer = await aHubApi().ask(method, urlOf(path), { bindings });
      expect(answer).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
    }
  });

  it.each(named)('%s asks for a token', async (_name, { method, path }) => {
    const answer = await aHubApi().ask(method, urlOf(path), { token: null });
    expect(answer).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
  });
});

describe('a problem', () => {
  it('is a document of RFC 9457 with code, remedy, request id and the fields', async () => {
    const answer = await aHubApi().ask('POST', SCOPE, {
      body: { scope_keys: { account_ids: ['1'] }, service_categories: 3 },
    });
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body).toEqual({
      type: 'https://throughline.dev/problems/body_invalid',
      title: 'The request is not valid',
      status: 400,
      detail: expect.stringMatching(/^instance_id: /),
      code: 'body_invalid',
      remedy: 'Correct the fields listed under errors and send it again.',
      request_id: 'request-1',
      errors: [
        { field: 'instance_id', message: expect.any(String) },
        { field: 'scope_keys.account_ids.0', message: 'must be an AWS account id of twelve digits, as text' },
        { field: 'service_categories', message: expect.any(String) },
      ],
    });
  });

  it.each(ERROR_CODES)('%s has the status and title of its row, whoever throws it', async (code) => {
    const scopes = { ...aHubApi().deps.scopes, get: () => Promise.reject(new AppError(code, 'it is so')) };
    const failing = aHubApi({ scopes });
    const answer = await failing.ask('GET', `${SCOPE}/some-id`);
    expect(answer).toMatchObject({
      status: ERROR_FACTS[code].status,
      type: 'application/problem+json',
      body: { code, title: ERROR_FACTS[code].title, detail: 'it is so', request_id: 'request-1' },
    });
    expect(failing.crashed).toEqual([]);
  });

  it('of a path that is none names it', async () => {
    expect(await aHubApi().ask('GET', '/api/v1/everything')).toMatchObject({
      status: 404,
      type: 'application/problem+json',
      body: { code: 'not_found', detail: 'there is no GET /api/v1/everything' },
    });
  });
});

describe('a bug', () => {
  it('says nothing of the inside, and is told to whoever looks after the hub', async () => {
    const bug = new TypeError('cannot read properties of mongodb://user:secret@host');
    const scopes = { ...aHubApi().deps.scopes, get: () => Promise.reject(bug) };
    const hub = aHubApi({ scopes });
    const answer = await hub.ask('GET', `${SCOPE}/some-id`);
    expect(answer).toMatchObject({
      status: 500,
      type: 'application/problem+json',
      body: { code: 'internal_error', request_id: 'request-1' },
    });
    expect(answer.text).not.toMatch(/mongodb|secret|TypeError|\.ts/);
    expect(hub.crashed).toEqual([[bug, 'request-1']]);
  });
});

describe('a body', () => {
  it.each<[string, string | Uint8Array]>([
    ['is empty', ''],
    ['is no JSON', 'scope_id=1'],
    ['is cut off', '{"scope_id": "a'],
    ['is not UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
  ])('that %s is refused as such', async (_what, body) => {
    expect(await aHubApi().ask('POST', '/api/v1/scan-runs', { body })).toMatchObject({
      status: 400,
      body: { code: 'body_invalid', errors: [{ field: 'body' }] },
    });
  });

  it.each(['null', '[]', '"text"', '7'])('that is %s and no object is refused as a whole', async (body) => {
    const answer = await aHubApi().ask('POST', '/api/v1/scan-runs', { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'body_invalid', errors: [{ field: 'body' }] } });
  });

  it('may have 4 MB and not a byte more', async () => {
    const filled = (bytes: number): string => `{"scope_id":"${'x'.repeat(bytes - '{"scope_id":""}'.length)}"}`;
    const largest = await aHubApi().ask('POST', '/api/v1/scan-runs', { body: filled(LARGEST_BODY) });
    expect(largest.body).toMatchObject({ code: 'body_invalid', errors: [{ field: 'scope_id' }] });
    const larger = await aHubApi().ask('POST', '/api/v1/scan-runs', { body: filled(LARGEST_BODY + 1) });
    expect(larger).toMatchObject({
      status: 413,
      body: { code: 'body_too_large', remedy: expect.stringContaining('4 MB') },
    });
  });

  it('counts in bytes, not in letters', async () => {
    const umlauts = `{"scope_id":"${'ü'.repeat(LARGEST_BODY / 2)}"}`;
    expect((await aHubApi().ask('POST', '/api/v1/scan-runs', { body: umlauts })).status).toBe(413);
  });
});

describe('what everybody may ask', () => {
  it('is whether the hub lives and is ready, without a token', async () => {
    const hub = aHubApi();
    for (const path of ['/health', '/ready']) {
      expect(await hub.ask('GET', path, { token: null, bindings: {} })).toMatchObject({
        status: 200,
        body: { status: 'ok' },
      });
    }
  });

  it('is answered with nothing more while the database is away', async () => {
    const hub = aHubApi({ ready: async () => false });
    expect(await hub.ask('GET', '/ready', { token: null, bindings: {} })).toMatchObject({
      status: 503,
      text: '{"status":"not ready"}',
    });
    expect((await hub.ask('GET', '/health', { token: null, bindings: {} })).status).toBe(200);
  });

  it('is answered as well by a hub that never had its database; everything else is put off', async () => {
    const away = awayRouter();
    expect((await away.request('/health')).status).toBe(200);
    expect((await away.request('/ready')).status).toBe(503);
    const answer = await away.request('/api/v1/scan-runs', { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      ERROR_FACTS.not_ready.status,
      'application/problem+json',
    ]);
    expect(await answer.json()).toMatchObject({ code: 'not_ready' });
  });
});
