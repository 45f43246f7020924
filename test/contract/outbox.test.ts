import { beforeEach, describe, expect, it } from 'vitest';
import { type AuditEvent, auditEntry, auditEvent, type OutboxEntry } from '../../src/control/audit.ts';
import { AUDIT_EVENTS, appendAudit } from '../../src/store/audit-events.ts';
import { CONNECTOR_INSTANCES } from '../../src/store/connector-instances.ts';
import type { CollectionPlan } from '../../src/store/database.ts';
import { flushLeft, flushOutbox, type SendSignal, type Signal, unmoved } from '../../src/store/outbox.ts';
import { SCAN_SCOPES } from '../../src/store/scan-scopes.ts';
import { at, TENANCY } from '../control/builders.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
/** Whatever carries an outbox. */
const CARRIERS: CollectionPlan = { name: 'carriers', indexes: [] };
type Carrier = typeof TENANCY & { readonly _id: string; readonly outbox: readonly OutboxEntry[] };
const carriers = (name = CARRIERS.name) => db().collection<Carrier>(name);
const audited = () => db().collection<AuditEvent>(AUDIT_EVENTS.name).find().sort({ target: 1 }).toArray();
const outbox = async (_id = 'run-1') => (await carriers().findOne({ _id }))?.outbox;

const event = (target: string) => ({
  ...TENANCY,
  actor: 'ada',
  action: 'scan_run.finished',
  target,
  at: at(0),
  request_id: 'request-1',
});
const audit = (target: string): OutboxEntry => auditEntry(event(target));
const signal = (id: string): Signal => ({
  id,
  kind: 'signal',
  detail_type: 'ScanRunFinished',
  detail: { wrote: true },
});

/** A bus that takes signals, and dies after it has taken so many. */
function aBus(dies_after = Number.POSITIVE_INFINITY) {
  const taken: string[] = [];
  const send: SendSignal = async ({ id }) => {
    taken.push(id);
    if (taken.length > dies_after) throw new Error('killed');
  };
  return { taken, send };
}
const flush = (send?: SendSignal) => flushOutbox(db(), CARRIERS, TENANCY, 'run-1', send);

beforeEach(async () => {
  await carriers().insertOne({
    _id: 'run-1',
    ...TENANCY,
    outbox: [audit('a'), signal('one'), audit('b'), signal('two')],
  });
});

describe('moving on what an outbox holds', () => {
  it('takes each entry to where it belongs, and then out of the outbox', async () => {
    const bus = aBus();
    await flush(bus.send);
    expect((await audited()).map(({ target }) => target)).toEqual(['a', 'b']);
    expect(bus.taken).toEqual(['one', 'two']);
    expect(await outbox()).toEqual([]);
  });

  it('again does nothing', async () => {
    await flush(aBus().send);
    const again = aBus();
    await flush(again.send);
    expect([again.taken, (await audited()).length]).toEqual([[], 2]);
  });

  it.each([0, 1])(
    'after it was killed at signal %i leaves every audit event once, and loses no signal',
    async (dies_after) => {
      const killed = aBus(dies_after);
      await expect(flush(killed.send)).rejects.toThrow('killed');
      const next = aBus();
      await flush(next.send);
      expect((await audited()).map(({ _id }) => _id)).toEqual([audit('a').id, audit('b').id]);
      expect(next.taken).toEqual(['one', 'two']);
      expect(await outbox()).toEqual([]);
    },
  );

  it('after it was killed between audit and emptying leaves the event once', async () => {
    // The state in which such a death leaves the database.
    await appendAudit(db(), auditEvent(event('a')));
    await flush(aBus().send);
    expect(await audited()).toHaveLength(2);
    expect(await outbox()).toEqual([]);
  });

  it('by ten at once leaves every audit event once and each signal sent at least once', async () => {
    const bus = aBus();
    await atOnce(10, () => flush(bus.send));
    expect(await audited()).toHaveLength(2);
    expect(new Set(bus.taken)).toEqual(new Set(['one', 'two']));
    expect(await outbox()).toEqual([]);
  });

  it('leaves signals to those who may send them', async () => {
    await flush();
    expect((await audited()).length).toBe(2);
    expect(await outbox()).toEqual([signal('one'), signal('two')]);
  });

  it('takes out only what it moved: what is put in meanwhile stays', async () => {
    const send: SendSignal = async () => {
      await carriers().updateOne({ _id: 'run-1' }, { $push: { outbox: signal('late') } });
    };
    await flush(send);
    expect((await outbox())?.map(({ id }) => id)).toEqual(['late', 'late']);
  });

  it('is nobody’s who names another tenant or workspace', async () => {
    for (const other of [
      { ...TENANCY, tenant_id: 'acme' },
      { ...TENANCY, workspace_id: 'payments' },
    ]) {
      await flushOutbox(db(), CARRIERS, other, 'run-1', aBus().send);
    }
    expect(await outbox()).toHaveLength(4);
    expect(await audited()).toEqual([]);
  });

  it('of a document that is gone does nothing', async () => {
    await flushOutbox(db(), CARRIERS, TENANCY, 'run-9', aBus().send);
    expect(await audited()).toEqual([]);
  });
});

describe('outboxes that were left', () => {
  it('are found in the order of their ids, and empty ones are not', async () => {
    await carriers().insertMany([
      { _id: 'run-0', ...TENANCY, outbox: [audit('c')] },
      { _id: 'run-2', ...TENANCY, outbox: [] },
    ]);
    const found = await unmoved(db(), CARRIERS, 10);
    expect(found).toEqual([
      { _id: 'run-0', ...TENANCY },
      { _id: 'run-1', ...TENANCY },
    ]);
    expect(await unmoved(db(), CARRIERS, 1)).toHaveLength(1);
    await flush(aBus().send);
    expect((await unmoved(db(), CARRIERS, 10)).map(({ _id }) => _id)).toEqual(['run-0']);
  });

  it('in the control plane are moved on by the tick: the API was killed before it could', async () => {
    await carriers(CONNECTOR_INSTANCES.name).insertOne({
      _id: 'instance-1',
      ...TENANCY,
      outbox: [audit('instance-1')],
    });
    await carriers(SCAN_SCOPES.name).insertOne({ _id: 'scope-1', ...TENANCY, outbox: [audit('scope-1')] });
    await flushLeft(db(), [CONNECTOR_INSTANCES, SCAN_SCOPES], 10);
    expect((await audited()).map(({ target }) => target)).toEqual(['instance-1', 'scope-1']);
    expect(await unmoved(db(), CONNECTOR_INSTANCES, 10)).toEqual([]);
    expect(await unmoved(db(), SCAN_SCOPES, 10)).toEqual([]);
  });
});

describe('the audit', () => {
  it('keeps an event as it was told first', async () => {
    await appendAudit(db(), auditEvent(event('a')));
    await appendAudit(db(), auditEvent({ ...event('a'), actor: 'mallory' }));
    expect(await audited()).toEqual([auditEvent(event('a'))]);
  });
});
