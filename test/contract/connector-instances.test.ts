import { beforeEach, describe, expect, it } from 'vitest';
import { auditEntry } from '../../src/control/audit.ts';
import type { ConnectionCheck } from '../../src/control/connection-check.ts';
import { AUDIT_EVENTS } from '../../src/store/audit-events.ts';
import { type ConnectorInstanceStore, connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { anInstance, at, TENANCY, TENANT, WORKSPACE } from '../control/builders.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let instances: ConnectorInstanceStore;
beforeEach(() => {
  instances = connectorInstanceStore(db());
});

const eventOf = (action: string) => ({
  ...TENANCY,
  actor: 'ada',
  action,
  target: 'instance-1',
  at: at(0),
  request_id: 'request-1',
});
const created = auditEntry(eventOf('connector_instance.created'));

describe('a connector instance', () => {
  it('comes back as it was made, without its outbox, which has been moved on', async () => {
    await instances.create(anInstance(), [created]);
    expect(await instances.get(TENANCY, 'instance-1')).toEqual(anInstance());
    expect(await db().collection(AUDIT_EVENTS.name).countDocuments({ target: 'instance-1' })).toBe(1);
    expect(await db().collection('connector_instances').findOne({})).toMatchObject({ outbox: [] });
  });

  it.each([
    ['another tenant', { ...TENANCY, tenant_id: 'acme' }],
    ['another workspace', { ...TENANCY, workspace_id: 'payments' }],
    ['a caller of another tenant', { tenant_id: 'acme', workspace_ids: [WORKSPACE] }],
    ['a caller without that workspace', { tenant_id: TENANT, workspace_ids: ['payments'] }],
  ])('is not there for %s', async (_who, whose) => {
    await instances.create(anInstance(), []);
    expect(await instances.get(whose, 'instance-1')).toBeUndefined();
    if ('workspace_ids' in whose) expect(await instances.list(whose, 10)).toEqual([]);
    else await expect(instances.nextSeq(whose, 'instance-1')).rejects.toThrow('instance-1 is gone');
  });

  it('is listed in the order of ids, page by page, over the visible workspaces', async () => {
    for (const [index, workspace_id] of ['platform', 'payments', 'secret', 'platform'].entries()) {
      await instances.create(anInstance({ _id: `instance-${index}`, workspace_id }), []);
    }
    const caller = { tenant_id: TENANT, workspace_ids: ['payments', 'platform'] };
    const first = await instances.list(caller, 2);
    const second = await instances.list(caller, 2, first.at(-1)?._id);
    expect([...first, ...second].map(({ _id }) => _id)).toEqual(['instance-0', 'instance-1', 'instance-3']);
    expect(first[0]).not.toHaveProperty('outbox');
  });

  it('gives out each run number once, to however many ask at once', async () => {
    await instances.create(anInstance(), []);
    const numbers = await atOnce(20, () => instances.nextSeq(TENANCY, 'instance-1'));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});

describe('a check of a connector instance', () => {
  const check: ConnectionCheck = {
    instance_id: 'instance-1',
    status: 'partly',
    checked_at: at(5),
    service_categories_available: ['aws_iam'],
    findings: [{ target: '111111111111', status: 'connected', message: 'the role can be entered' }],
  };
  const checked = auditEntry({ ...eventOf('connector_instance.checked'), details: { status: 'partly' } });

  it('is kept with the instance, with what may be scanned and its audit event, and counts as a change', async () => {
    await instances.create(anInstance(), []);
    expect(await instances.recordCheck(TENANCY, check, [checked])).toBe(true);
    expect(await instances.get(TENANCY, 'instance-1')).toEqual({
      ...anInstance(),
      last_check: check,
      discovered_capabilities: { service_categories_available: ['aws_iam'] },
      version: anInstance().version + 1,
    });
    expect(await db().collection(AUDIT_EVENTS.name).countDocuments({ action: 'connector_instance.checked' })).toBe(1);
    expect(await db().collection('connector_instances').findOne({})).toMatchObject({ outbox: [] });
  });

  it('that got nowhere leaves what was known to be there', async () => {
    await instances.create(anInstance(), []);
    await instances.recordCheck(TENANCY, { ...check, status: 'refused', service_categories_available: [] }, []);
    const { last_check, discovered_capabilities } = (await instances.get(TENANCY, 'instance-1')) ?? {};
    expect(last_check?.status).toBe('refused');
    expect(discovered_capabilities).toEqual(anInstance().discovered_capabilities);
  });

  it.each([
    ['of another tenant', { ...TENANCY, tenant_id: 'acme' }, 'active'],
    ['of another workspace', { ...TENANCY, workspace_id: 'payments' }, 'active'],
    ['that is deleted', TENANCY, 'deleted'],
  ] as const)('is not noted at one %s', async (_, tenancy, status) => {
    await instances.create(anInstance({ status }), []);
    expect(await instances.recordCheck(tenancy, check, [checked])).toBe(false);
    expect(await instances.get(TENANCY, 'instance-1')).not.toHaveProperty('last_check');
    expect(await db().collection(AUDIT_EVENTS.name).countDocuments({})).toBe(0);
  });
});
