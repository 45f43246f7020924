import { describe, expect, it } from 'vitest';
import { TENANT, WORKSPACE } from '../../../labs/mediapro/names.ts';
import { PERMISSIONS } from '../../../lambdas/api/route.ts';
import { AWS_CATEGORIES } from '../../../src/connectors/aws/categories.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import type { TokenClaims, TokenOptions } from '../../../tools/local/oidc.ts';
import { organizationScope } from '../scanning.ts';

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Who may do what, and what becomes of requests that are wrong. */
export const accessSuite = (up: () => Stage): unknown =>
  describe('asked by somebody it should not answer, or in a way it cannot understand', () => {
    const token = (claims: TokenClaims = {}, options: TokenOptions = {}) =>
      up().services.oidc.token(
        { sub: 'tester', org_id: TENANT, workspaces: [WORKSPACE], permissions: [...PERMISSIONS], ...claims },
        options,
      );
    const call = async (
      method: string,
      path: string,
      { bearer, body }: { bearer?: string | undefined; body?: string } = {},
    ): Promise<Answer> => {
      const response = await fetch(up().hub.api_url + path, {
        method,
        headers: { ...(bearer && { authorization: `Bearer ${bearer}` }), 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
      });
      return {
        status: response.status,
        type: response.headers.get('content-type'),
        body: JSON.parse((await response.text()) || '{}'),
      };
    };
    const post = async (path: string, body: unknown, claims?: TokenClaims) =>
      call('POST', path, { bearer: await token(claims), body: typeof body === 'string' ? body : JSON.stringify(body) });

    it('says no more than that it lives where no token is asked for', async () => {
      expect((await call('GET', '/health')).body).toEqual({ status: 'ok' });
      expect((await call('GET', '/ready')).body).toEqual({ status: 'ok' });
      expect((await call('GET', '/api/v1/scan-runs')).status).toBe(401);
    });

    it.each<[string, () => Promise<string>]>([
      ['no JWT at all', async () => 'nonsense'],
      ['one that has expired', () => token({}, { expires_in: -60 })],
      ['one signed by another key', () => token({}, { key: 'foreign' })],
      ['one of another issuer', () => token({ iss: 'https://login.example.org' })],
      ['one for another audience', () => token({ aud: 'somebody-else' })],
    ])('refuses a token that is %s', async (_, bad) => {
      expect((await call('GET', '/api/v1/scan-runs', { bearer: await bad() })).status).toBe(401);
    });

    it('refuses a token that names no tenant, and says which claim is missing', async () => {
      const { org_id: _, ...rest } = {
        sub: 'tester',
        org_id: TENANT,
        workspaces: [WORKSPACE],
        permissions: [...PERMISSIONS],
      };
      const answer = await call('GET', '/api/v1/scan-runs', { bearer: await up().services.oidc.token(rest) });
      expect(answer).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
      expect(answer.body.detail).toContain('org_id');
      expect(answer.type).toContain('application/problem+json');
    });

    it('refuses what the token does not permit, and names the permission', async () => {
      const answer = await post('/api/v1/scan-runs', { scope_id: 'x' }, { permissions: ['runs:read'] });
      expect(answer).toMatchObject({ status: 403, body: { code: 'permission_missing' } });
      expect(answer.body.remedy).toContain('runs:write');
    });

    it('takes the tenant from the token only', async () => {
      const scope_id = await organizationScope(up());
      const bearer = await token({ org_id: 'somebody-else' });
      const claiming = await fetch(`${up().hub.api_url}/api/v1/scan-scopes/${scope_id}`, {
        headers: { authorization: `Bearer ${bearer}`, 'x-tenant-id': TENANT, 'x-org-id': TENANT },
      });
      expect(claiming.status).toBe(404);
      const asking = await call('GET', `/api/v1/scan-scopes/${scope_id}?tenant_id=${TENANT}`, { bearer });
      expect(asking).toMatchObject({ status: 400, body: { code: 'body_invalid', errors: [{ field: 'tenant_id' }] } });
      const plain = await call('GET', `/api/v1/scan-scopes/${scope_id}`, { bearer });
      expect(plain).toMatchObject({ status: 404, body: { code: 'not_found' } });
    });

    it('does not start a run of another tenant’s scope', async () => {
      const scope_id = await organizationScope(up());
      const answer = await post('/api/v1/scan-runs', { scope_id }, { org_id: 'somebody-else' });
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    });

    it('does not let another tenant look at the organization of this one', async () => {
      const body = {
        connector_kind: 'aws',
        display_name: 'x',
        config: { mode: 'organization', regions: ['us-east-1'] },
      };
      const answer = await post('/api/v1/connector-instances', body, { org_id: 'somebody-else' });
      expect(answer).toMatchObject({ status: 400, body: { code: 'body_invalid' } });
    });

    it.each<[string, unknown, string]>([
      ['is not JSON', '{"connector_kind": "aws",', 'body'],
      ['is empty', '', 'body'],
      ['is a list', [], 'body'],
      [
        'has a field nobody knows',
        {
          connector_kind: 'aws',
          display_name: 'x',
          config: { mode: 'organization', regions: ['us-east-1'] },
          role_arn: 'arn:aws:iam::1:role/x',
        },
        'role_arn',
      ],
      [
        'has a wrong type',
        { connector_kind: 'aws', display_name: 7, config: { mode: 'organization', regions: ['us-east-1'] } },
        'display_name',
      ],
      [
        'names an account id of eleven digits',
        {
          connector_kind: 'aws',
          display_name: 'x',
          config: { mode: 'accounts', account_ids: ['12345678901'], regions: ['us-east-1'] },
        },
        'config.account_ids.0',
      ],
      [
        'names an account id as a number',
        {
          connector_kind: 'aws',
          display_name: 'x',
          config: { mode: 'accounts', account_ids: [123456789012], regions: ['us-east-1'] },
        },
        'config.account_ids.0',
      ],
    ])('refuses a body that %s, and names the field', async (_, body, field) => {
      const answer = await post('/api/v1/connector-instances', body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'body_invalid' } });
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ field }));
    });

    it('refuses a body over 4 MB', async () => {
      const answer = await post('/api/v1/connector-instances', { display_name: 'x'.repeat(4 * 1024 * 1024) });
      expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    });

    it('refuses a category that it does not know, and names those that it does', async () => {
      const instance = await up().api.listInstances();
      const answer = await post('/api/v1/scan-scopes', {
        instance_id: instance[0]?._id,
        scope_keys: {},
        service_categories: ['aws_iam', 'aws_teapots'],
      });
      expect(answer).toMatchObject({ status: 400, body: { code: 'unknown_category' } });
      expect(answer.body.detail).toContain('aws_teapots');
      expect(answer.body.remedy).toContain(AWS_CATEGORIES.join(', '));
    });

    it('answers a route that it does not have with a problem', async () => {
      const answer = await call('GET', '/api/v1/teapots', { bearer: await token() });
      expect(answer).toMatchObject({ status: 404, type: 'application/problem+json', body: { code: 'not_found' } });
    });
  });
