import { describe, expect, it } from 'vitest';
import { callerFrom } from '../../lambdas/api/caller.ts';
import { PERMISSIONS } from '../../lambdas/api/route.ts';
import { AppError } from '../../src/kernel/failures.ts';
import { messageGroup } from '../../src/runs/cell.ts';
import { aCell } from '../runs/builders.ts';
import { aToken, CLAIMS } from './a-hub-api.ts';

const caller = (authorization: string | undefined, claims = CLAIMS) => callerFrom(authorization, claims, 'request-1');

describe('who asks', () => {
  it('is what the token says, and nobody else says', () => {
    expect(caller(`Bearer ${aToken()}`)).toEqual({
      tenant_id: 'enterprise-nimbus',
      workspace_ids: ['platform'],
      permissions: PERMISSIONS,
      subject: 'ada',
      request_id: 'request-1',
    });
  });

  it('is read from the claims that are configured', () => {
    const claims = { tenant: 'https://example.com/tenant', workspaces: 'teams', permissions: 'scp' };
    const token = aToken({
      'https://example.com/tenant': 'acme',
      teams: ['red'],
      scp: ['paths:read'],
      org_id: 'other',
    });
    expect(caller(`Bearer ${token}`, claims)).toMatchObject({
      tenant_id: 'acme',
      workspace_ids: ['red'],
      permissions: ['paths:read'],
    });
  });

  it.each(['bearer', 'BEARER', 'Bearer  '])('may spell %j as it likes', (scheme) => {
    expect(caller(`${scheme} ${aToken()}`).subject).toBe('ada');
  });

  it('may have no permissions at all', () => {
    expect(caller(`Bearer ${aToken({ permissions: [] })}`).permissions).toEqual([]);
  });

  it.each<[string, string | undefined, RegExp]>([
    ['no header', undefined, /no bearer token/],
    ['an empty header', '', /no bearer token/],
    ['no token behind the scheme', 'Bearer ', /no bearer token/],
    ['another scheme', 'Basic YWRhOnB3', /not a JWT/],
    ['two parts', 'Bearer a.b', /not a JWT/],
    ['a payload that is no JSON', 'Bearer e30.bm9wZQ.x', /not a JWT/],
    ['two tokens in one header', `Bearer ${aToken()},Bearer ${aToken({ org_id: 'acme' })}`, /not a JWT/],
  ])('is nobody with %s', (_what, authorization, message) => {
    expect(() => caller(authorization)).toThrow(AppError);
    expect(() => caller(authorization)).toThrow(expect.objectContaining({ code: 'token_invalid' }));
    expect(() => caller(authorization)).toThrow(message);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['no tenant', { org_id: undefined }, 'has no claim org_id'],
    ['a tenant that is a number', { org_id: 7 }, 'has an unusable claim org_id'],
    ['a tenant that is null', { org_id: null }, 'has an unusable claim org_id'],
    ['an empty tenant', { org_id: '' }, 'has an unusable claim org_id'],
    ['a tenant with a slash, which would look like another path', { org_id: 'a/b' }, 'has an unusable claim org_id'],
    ['a tenant that is a query', { org_id: { $ne: '' } }, 'has an unusable claim org_id'],
    ['a tenant with a line end', { org_id: 'acme\n' }, 'has an unusable claim org_id'],
    ['a tenant too long for a message group', { org_id: 'x'.repeat(65) }, 'has an unusable claim org_id'],
    ['workspaces as the gateway flattens them', { workspaces: '[a b]' }, 'has an unusable claim workspaces'],
    ['no workspace', { workspaces: [] }, 'has an unusable claim workspaces'],
    ['a workspace without a name', { workspaces: ['a', ''] }, 'has an unusable claim workspaces'],
    ['a workspace that is a query', { workspaces: [{ $gt: '' }] }, 'has an unusable claim workspaces'],
    ['permissions as one text', { permissions: 'paths:read' }, 'has an unusable claim permissions'],
    ['no permissions claim', { permissions: undefined }, 'has no claim permissions'],
    ['no subject', { sub: undefined }, 'has no claim sub'],
  ])('is nobody with %s', (_what, claims, message) => {
    expect(() => caller(`Bearer ${aToken(claims)}`)).toThrow(message);
  });

  it('has a tenant that fits into every name that a queue gives it', () => {
    const tenant_id = 'x'.repeat(64);
    expect(caller(`Bearer ${aToken({ org_id: tenant_id })}`).tenant_id).toBe(tenant_id);
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    expect(messageGroup(aCell({ tenant_id })).length).toBeLessThanOrEqual(128);
    expect(`${tenant_id}/00000000-0000-0000-0000-000000000000`.length).toBeLessThanOrEqual(128);
  });
});
