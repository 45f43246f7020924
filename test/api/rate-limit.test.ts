import { describe, expect, it } from 'vitest';
import { rateLimit } from '../../lambdas/api/rate-limit.ts';
import { START, TENANT } from '../control/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

describe('a request too many', () => {
  it('is a problem with the seconds to wait, before anything else is looked at', async () => {
    const hub = aHubApi({ count: async () => 17 });
    const answer = await hub.ask('GET', '/api/v1/scan-runs', { token: aToken({ permissions: [] }) });
    expect(answer).toMatchObject({
      status: 429,
      type: 'application/problem+json',
      body: {
        code: 'rate_limited',
        detail: 'the next request is taken in 17 s',
        remedy: expect.stringContaining('17'),
      },
    });
    expect(answer.headers.get('retry-after')).toBe('17');
    expect(hub.refused).toEqual([]);
  });

  it('is counted for the tenant of the token, and only where there is one', async () => {
    const counted: string[] = [];
    const count = async (tenant_id: string) => {
      counted.push(tenant_id);
      return undefined;
    };
    const hub = aHubApi({ count });
    await hub.ask('GET', '/api/v1/scan-runs', { token: aToken({ org_id: 'acme' }) });
    await hub.ask('GET', '/api/v1/scan-runs', { token: null });
    for (const path of ['/health', '/ready']) expect((await hub.ask('GET', path, { token: null })).status).toBe(200);
    expect(counted).toEqual(['acme']);
  });
});

describe('where the store of the limit', () => {
  it('is away, requests go on and somebody is told', async () => {
    const told: unknown[] = [];
    const away = new Error('away');
    const count = rateLimit({
      windows: { admit: () => Promise.reject(away) },
      requests_per_minute: 1,
      now: () => START,
      uncounted: (error) => told.push(error),
    });
    expect([await count(TENANT), await count(TENANT)]).toEqual([undefined, undefined]);
    expect(told).toEqual([away, away]);
  });
});
