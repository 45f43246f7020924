import { describe, expect, it } from 'vitest';
import type { ConnectionCheck } from '../../src/control/connection-check.ts';
import { AppError } from '../../src/kernel/failures.ts';
import { anInstance, aPushInstance, at } from '../control/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const PATH = '/api/v1/connector-instances/instance-1/check';
const CHECK: ConnectionCheck = {
  instance_id: 'instance-1',
  status: 'partly',
  checked_at: at(3),
  service_categories_available: ['aws_iam'],
  findings: [{ target: '1', status: 'refused', message: 'no', code: 'timeout', remedy: 'wait', responsible: 'you' }],
};

describe('POST /connector-instances/{id}/check', () => {
  it('answers what was found, keeps it with the instance, and audits it once', async () => {
    const asked: unknown[] = [];
    const hub = aHubApi({
      check: async (...given) => {
        asked.push(given);
        return CHECK;
      },
    });
    hub.instances.documents.set('instance-1', anInstance());
    const { status, body } = await hub.ask('POST', PATH);
    expect([status, body]).toEqual([200, CHECK]);
    expect(asked).toEqual([[anInstance(), 'request-1']]);
    expect(hub.instances.documents.get('instance-1')?.last_check).toEqual(CHECK);
    expect(hub.audited).toMatchObject([
      {
        kind: 'audit',
        event: {
          action: 'connector_instance.checked',
          actor: 'ada',
          target: 'instance-1',
          at: at(3),
          request_id: 'request-1',
          details: { status: 'partly' },
        },
      },
    ]);
  });

  it('lets a disabled instance be tried, and not a deleted one', async () => {
    const hub = aHubApi({ check: async () => CHECK });
    hub.instances.documents.set('instance-1', anInstance({ status: 'disabled' }));
    expect((await hub.ask('POST', PATH)).status).toBe(200);
    hub.instances.documents.set('instance-1', anInstance({ status: 'deleted' }));
    expect(await hub.ask('POST', PATH)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it.each([
    ['another tenant', { org_id: 'acme' }],
    ['a token without the workspace', { workspaces: ['payments'] }],
  ])('is not there for %s, and nothing is tried', async (_, claims) => {
    const hub = aHubApi({ check: () => Promise.reject(new Error('tried')) });
    hub.instances.documents.set('instance-1', anInstance());
    expect(await hub.ask('POST', PATH, { token: aToken(claims) })).toMatchObject({ status: 404 });
    expect(hub.crashed).toEqual([]);
  });

  it('takes the permission to write instances', async () => {
    const hub = aHubApi();
    hub.instances.documents.set('instance-1', anInstance());
    const token = aToken({ permissions: ['instances:read'] });
    expect((await hub.ask('POST', PATH, { token })).body).toMatchObject({ code: 'permission_missing' });
  });

  it('says when a check came to no end, and of a bug nothing of the inside', async () => {
    const endless = aHubApi({ check: () => Promise.reject(new AppError('timeout', 'no end')) });
    endless.instances.documents.set('instance-1', anInstance());
    expect(await endless.ask('POST', PATH)).toMatchObject({ status: 504, body: { code: 'timeout' } });
    const buggy = aHubApi({ check: () => Promise.reject(new Error('of-aws failed')) });
    buggy.instances.documents.set('instance-1', anInstance());
    const { status, text } = await buggy.ask('POST', PATH);
    expect(status).toBe(500);
    expect(text).not.toContain('of-aws');
  });

  it.each([
    ['nothing has arrived yet', undefined],
    [`something last arrived at ${at(-60)}`, at(-60)],
  ])('calls nobody for what pushes, and says that %s', async (said, arrived) => {
    const hub = aHubApi({ check: () => Promise.reject(new Error('called')), lastArrival: async () => arrived });
    const push = aPushInstance({ _id: 'instance-1', source_system_ids: ['servicenow:one', 'servicenow:two'] });
    hub.instances.documents.set('instance-1', push);
    const { body } = await hub.ask('POST', PATH);
    expect(body).toMatchObject({ status: 'connected', service_categories_available: ['push'] });
    expect(body.findings).toEqual(
      push.source_system_ids.map((target) => ({
        target,
        status: 'connected',
        message: `may be spoken for; ${said}`,
      })),
    );
  });
});
