import { describe, expect, it } from 'vitest';
import { DEEPEST_BODY } from '../../lambdas/api/request.ts';
import { routes } from '../../lambdas/api/routes/index.ts';
import { aHubApi } from './a-hub-api.ts';

const RUNS = '/api/v1/scan-runs';
const start = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  aHubApi().ask('POST', RUNS, { body, headers });
const within = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('the type of a body', () => {
  it.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
    'may be %s',
    async (type) => {
      expect((await start({ scope_id: 'scope-1' }, { 'content-type': type })).status).toBe(404);
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=iso-8859-1',
    'application/jsonp',
    'application/x-ndjson',
    '',
  ])('may not be "%s"', async (type) => {
    const answer = await start({ scope_id: 'scope-1' }, { 'content-type': type });
    expect(answer).toMatchObject({
      status: 415,
      type: 'application/problem+json',
      body: { code: 'media_type_unsupported', remedy: expect.stringContaining('application/json') },
    });
  });

  it('is said of the body as it is: none is taken that is compressed', async () => {
    expect((await start({ scope_id: 'scope-1' }, { 'content-encoding': 'gzip' })).status).toBe(415);
  });
});

describe('names that a body may not have', () => {
  it.each([
    ['__proto__', '{"scope_id":"a","__proto__":{"admin":true}}', '__proto__'],
    ['__proto__, deep inside', '{"scope_id":{"x":[{"__proto__":1}]}}', 'scope_id.x.0.__proto__'],
    ['one with NUL in it', '{"scope_id":"a","b\\u0000c":1}', 'b\\u0000c'],
  ])('%s', async (_what, body, field) => {
    expect(await start(body)).toMatchObject({
      status: 400,
      body: { code: 'body_invalid', errors: [{ field, message: 'is not a name that a field may have' }] },
    });
  });
});

describe('the depth of a body', () => {
  it('has a bound, and is counted no further than that', async () => {
    expect((await start(within(DEEPEST_BODY))).body.errors).not.toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('deep') }),
    );
    for (const depth of [DEEPEST_BODY + 1, 200_000]) {
      expect(await start(within(depth))).toMatchObject({
        status: 400,
        body: {
          code: 'body_invalid',
          errors: [{ field: 'a.a.a', message: `is nested more than ${DEEPEST_BODY} deep` }],
        },
      });
    }
  });

  it('is bounded for lists too', async () => {
    expect((await start(`${'['.repeat(300_000)}${']'.repeat(300_000)}`)).body.errors).toEqual([
      { field: '0.0.0', message: `is nested more than ${DEEPEST_BODY} deep` },
    ]);
  });
});

describe('a query', () => {
  it('gives each parameter once', async () => {
    const answer = await aHubApi().ask('GET', `${RUNS}?limit=1&limit=200`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'body_invalid', errors: [{ field: 'limit' }] } });
  });

  it('has no parameter that the route does not know, also where it knows none', async () => {
    expect(await aHubApi().ask('GET', '/api/v1/paths/path-1?verbose=1')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'verbose', message: 'is not a field of this request' }] },
    });
  });

  it.each(['%ff', '%00', '%', '%E2%82', '{"$ne":null}'])('may hold %s, which is just not found', async (text) => {
    const hub = aHubApi();
    expect(await hub.ask('GET', `/api/v1/paths?workload=${text}`)).toMatchObject({ status: 200, body: { items: [] } });
    expect((await hub.ask('GET', `/api/v1/paths/${text}`)).status).toBe(404);
    expect(hub.crashed).toEqual([]);
  });
});

describe('a method that a path does not know', () => {
  const table = routes(aHubApi().deps);
  const paths = [...new Set(table.map(({ path }) => path))];

  it.each(paths)('%s says which it knows', async (declared) => {
    const known = table.filter(({ path }) => path === declared).map(({ method }): string => method);
    const path = declared.replaceAll(/:\w+/g, 'some-id');
    for (const method of ['PUT', 'OPTIONS', 'PROPFIND'].filter((one) => !known.includes(one))) {
      const answer = await aHubApi().ask(method, `/api/v1${path}`);
      expect(answer).toMatchObject({
        status: 405,
        type: 'application/problem+json',
        body: { code: 'method_not_allowed' },
      });
      expect(answer.headers.get('allow')).toMatch(
        /^(GET, HEAD|POST|PUT|PATCH|DELETE)(, (GET, HEAD|POST|PUT|PATCH|DELETE))*$/,
      );
    }
  });

  it('is one on the public paths too', async () => {
    expect((await aHubApi().ask('POST', '/health')).headers.get('allow')).toBe('GET, HEAD');
  });

  it('HEAD is GET without its body, permission included', async () => {
    const { app } = aHubApi();
    const response = await app.request(RUNS, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([401, '']);
  });

  it('on a path that is none is not found', async () => {
    expect(await aHubApi().ask('PUT', '/api/v1/teapots')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});
