import { beforeEach, describe, expect, it } from 'vitest';
import { auditEntry } from '../../src/control/audit.ts';
import type { ConnectionCheck } from '../../src/control/connection-check.ts';
import type { AwsInstance } from '../../src/control/connector-instance.ts';
import { AUDIT_EVENTS } from '../../src/store/audit-events.ts';
import {
  type ConnectorInstanceStore,
  connectorInstanceStore,
  type InstanceFilter,
} from '../../src/store/connector-instances.ts';
import { anInstance, aPushInstance, at, TENANCY, TENANT, WORKSPACE } from '../control/builders.ts';
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

describe('a change of an instance', () => {
  const changed = auditEntry({
    ...TENANCY,
    actor: 'ada',
    action: 'connector_instance.changed',
    target: 'instance-1',
    at: at(1),
    request_id: 'request-2',
  });

  it('is written with its event, once, where the instance is still the one that was read', async () => {
    await instances.create(anInstance(), []);
    const after = anInstance({ display_name: 'Media', version: 2 });
    expect(await instances.change(anInstance(), after, [changed])).toBe(true);
    expect(await instances.change(anInstance(), anInstance({ display_name: 'late', version: 2 }), [changed])).toBe(
      false,
    );
    expect(await instances.get(TENANCY, 'instance-1')).toEqual(after);
    expect(await db().collection(AUDIT_EVENTS.name).countDocuments({ action: 'connector_instance.changed' })).toBe(1);
  });

  it('comes through for one of ten who have read the same', async () => {
    await instances.create(anInstance(), []);
    const done = await atOnce(10, (index) =>
      instances.change(anInstance(), anInstance({ display_name: `name ${index}`, version: 2 }), []),
    );
    expect(done.filter(Boolean)).toHaveLength(1);
  });

  it('leaves alone what others do meanwhile: run numbers are not given out twice', async () => {
    const before = anInstance();
    await instances.create(before, []);
    await instances.nextSeq(TENANCY, 'instance-1');
    await instances.change(before, { ...before, display_name: 'Media', version: 2 }, []);
    expect(await instances.nextSeq(TENANCY, 'instance-1')).toBe(2);
  });

  it('takes away what the new state has no more', async () => {
    const before = anInstance({ updated_at: at(0), ending_since: at(0) });
    await instances.create(before, []);
    const { ending_since: _, ...after } = before;
    await instances.change(before, { ...after, version: 2 }, []);
    expect(await instances.get(TENANCY, 'instance-1')).toEqual({ ...after, version: 2 });
  });

  it('is none of another tenant', async () => {
    await instances.create(anInstance(), []);
    const foreign = anInstance({ tenant_id: 'acme' });
    expect(await instances.change(foreign, { ...foreign, display_name: 'mine', version: 2 }, [])).toBe(false);
  });
});

describe('a list of instances', () => {
  it('has the deleted ones only where they are asked for, and is narrowed by kind and status', async () => {
    for (const instance of [
      anInstance({ _id: 'a' }),
      anInstance({ _id: 'b', status: 'disabled' }),
      anInstance({ _id: 'c', status: 'deleted' }),
      aPushInstance({ _id: 'd' }),
    ]) {
      await instances.create(instance, []);
    }
    const caller = { tenant_id: TENANT, workspace_ids: [WORKSPACE] };
    const ids = async (filter: InstanceFilter) =>
      (await instances.list(caller, 10, undefined, filter)).map(({ _id }) => _id);
    expect(await ids({})).toEqual(['a', 'b', 'd']);
    expect(await ids({ status: 'deleted' })).toEqual(['c']);
    expect(await ids({ kind: 'push' })).toEqual(['d']);
    expect(await ids({ kind: 'aws', status: 'active' })).toEqual(['a']);
  });
});

describe('the end of an instance', () => {
  const deleted = (given: Partial<AwsInstance> = {}) =>
    anInstance({ status: 'deleted', deleted_at: at(0), ending_since: at(0), ...given });

  it('is found as long as it has work left, the longest waiting first, of whatever tenant', async () => {
    await instances.create(deleted({ _id: 'late', ending_since: at(9) }), []);
    await instances.create(deleted({ _id: 'early', tenant_id: 'acme' }), []);
    await instances.create(anInstance({ _id: 'alive' }), []);
    expect((await instances.ending(10)).map(({ _id }) => _id)).toEqual(['early', 'late']);
    expect(await instances.ending(1)).toHaveLength(1);
    await instances.settleEnd(deleted({ _id: 'early', tenant_id: 'acme' }), at(60));
    expect((await instances.ending(10)).map(({ _id }) => _id)).toEqual(['late']);
    const ended = await instances.get({ ...TENANCY, tenant_id: 'acme' }, 'early');
    expect(ended).toMatchObject({ ended_at: at(60), status: 'deleted' });
  });

  it('counts each retirement that failed once', async () => {
    await instances.create(deleted(), []);
    await atOnce(5, () => instances.countFailedRetirement(deleted()));
    const once = await instances.get(TENANCY, 'instance-1');
    expect(once?.retirements_failed).toBe(1);
    if (once) await instances.countFailedRetirement(once);
    expect((await instances.get(TENANCY, 'instance-1'))?.retirements_failed).toBe(2);
  });

  it('is not settled for one that is not deleted', async () => {
    await instances.create(anInstance({ ending_since: at(0) }), []);
    await instances.settleEnd(anInstance(), at(60));
    expect(await instances.get(TENANCY, 'instance-1')).not.toHaveProperty('ended_at');
  });
});
