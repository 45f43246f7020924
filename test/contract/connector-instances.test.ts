import { beforeEach, describe, expect, it } from 'vitest';
import { auditEntry } from '../../src/control/audit.ts';
import { AUDIT_EVENTS } from '../../src/store/audit-events.ts';
import { type ConnectorInstanceStore, connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { anInstance, at, TENANCY, TENANT, WORKSPACE } from '../control/builders.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let instances: ConnectorInstanceStore;
beforeEach(() => {
  instances = connectorInstanceStore(db());
});

const created = auditEntry({
  ...TENANCY,
  actor: 'ada',
  action: 'connector_instance.created',
  target: 'instance-1',
  at: at(0),
  request_id: 'request-1',
});

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
