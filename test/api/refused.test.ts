import { describe, expect, it } from 'vitest';
import { isRefusedAttempt, refusedEvent } from '../../lambdas/api/refused.ts';
import { AppError } from '../../src/kernel/failures.ts';
import { ONE, START, TENANT, WORKSPACE } from '../control/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const INSTANCES = '/api/v1/connector-instances';
const instance = (given: object) => ({
  connector_kind: 'aws',
  display_name: 'x',
  config: { mode: 'accounts', account_ids: [ONE], regions: ['eu-west-1'] },
  ...given,
});
const SERVICENOW = {
  connector_kind: 'servicenow',
  display_name: 'x',
  config: { instance_url: 'https://example.service-now.com' },
};

describe('an attempt to reach what is another’s', () => {
  it.each<[string, string, object, string]>([
    ['an account of another tenant', TENANT, instance({}), 'account_owned_by_another_tenant'],
    [
      'the organization of another tenant',
      'acme',
      instance({ config: { mode: 'organization', regions: ['eu-west-1'] } }),
      'body_invalid',
    ],
    [
      'credentials of another tenant',
      'acme',
      { ...SERVICENOW, credentials_ref: `throughline/${TENANT}/servicenow` },
      'body_invalid',
    ],
    [
      'a host inside',
      'acme',
      {
        ...SERVICENOW,
        config: { instance_url: 'https://metadata.internal.cloud' },
        credentials_ref: 'throughline/acme/x',
      },
      'body_invalid',
    ],
  ])('%s is told to the audit', async (_what, org_id, body, code) => {
    const hub = aHubApi({ bindAccounts: async () => [ONE] });
    const answer = await hub.ask('POST', INSTANCES, { body, token: aToken({ org_id }) });
    expect(answer.body.code).toBe(code);
    expect(hub.refused).toEqual([['POST /connector-instances', `ada ${code}`]]);
  });

  it('is not what every mistake is', async () => {
    const hub = aHubApi();
    expect((await hub.ask('POST', INSTANCES, { body: instance({ display_name: '' }) })).status).toBe(400);
    expect((await hub.ask('GET', `${INSTANCES}/none`)).status).toBe(404);
    expect(hub.refused).toEqual([]);
    expect(isRefusedAttempt(new Error('a bug'))).toBe(false);
    expect(isRefusedAttempt(new AppError('foreign_source', 'the batch speaks for somebody else'))).toBe(true);
  });
});

describe('what the audit keeps of it', () => {
  it('is who, where, which code and field, and nothing of what was sent', () => {
    const caller = {
      tenant_id: TENANT,
      workspace_ids: [WORKSPACE],
      permissions: [],
      subject: 'ada',
      request_id: 'r-1',
    };
    const refusal = new AppError('body_invalid', 'credentials_ref: throughline/acme/secret is not yours', {
      details: { field: 'credentials_ref', refused: true, sent: 'throughline/acme/secret' },
    });
    const event = refusedEvent(caller, { method: 'POST', path: '/connector-instances' }, refusal, START.toISOString());
    expect(event).toEqual({
      _id: expect.any(String),
      tenant_id: TENANT,
      workspace_id: WORKSPACE,
      actor: 'ada',
      action: 'request.refused',
      target: 'POST /connector-instances',
      at: START.toISOString(),
      request_id: 'r-1',
      details: { code: 'body_invalid', field: 'credentials_ref' },
    });
    expect(JSON.stringify(event)).not.toContain('acme');
  });
});
