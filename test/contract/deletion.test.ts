import { describe, expect, it } from 'vitest';
import { endingDeps } from '../../lambdas/ending.ts';
import { endDeleted } from '../../src/runs/end-deleted.ts';
import { endInstance } from '../../src/runs/end-instance.ts';
import { endScope } from '../../src/runs/end-scope.ts';
import type { ScanRun } from '../../src/runs/run.ts';
import { AUDIT_EVENTS } from '../../src/store/audit-events.ts';
import { WITH_OUTBOX } from '../../src/store/collections.ts';
import { flushLeft } from '../../src/store/outbox.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { ONE, START, TENANT, TWO, WORKSPACE } from '../control/builders.ts';
import { apiOnServer } from './api-on-server.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
const INSTANCES = '/api/v1/connector-instances';
const AWS = {
  connector_kind: 'aws',
  display_name: 'MediaPro',
  config: { mode: 'accounts', account_ids: [ONE, TWO], regions: ['eu-west-1'] },
};
const ACME = { org_id: 'acme' };

/** The API and the tick on one server, as they are deployed; what is planned is told. */
function aHub() {
  const planned: ScanRun[] = [];
  let now = START;
  const runs = scanRunStore(db());
  const ending = endingDeps(
    db(),
    runs,
    async (run) => {
      planned.push(run);
    },
    () => now,
  );
  const { ask } = apiOnServer(db(), {
    endInstance: async (instance) => {
      await endInstance(ending, instance);
    },
    endScope: (scope) => endScope(ending, scope),
    now: () => now,
  });
  return {
    ask,
    runs,
    planned,
    tick: async () => {
      await endDeleted(ending);
      await flushLeft(db(), WITH_OUTBOX, 100);
    },
    pass: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1_000);
    },
    /** Lets the retirement succeed, as its worker would. */
    retired: async () => {
      const retirements = planned.map(({ _id }) => _id);
      await db()
        .collection<ScanRun>('scan_runs')
        .updateMany({ _id: { $in: retirements } }, { $set: { status: 'succeeded' } });
    },
  };
}

describe('deleting an instance', () => {
  it('disables its scopes, cancels its runs, retires, frees its accounts, and tells of each once', async () => {
    const hub = aHub();
    const { body: instance } = await hub.ask('POST', INSTANCES, { body: AWS });
    const scope = { instance_id: instance._id, scope_keys: {}, service_categories: ['aws_iam'] };
    const made = await hub.ask('POST', '/api/v1/scan-scopes', { body: { ...scope, schedule: { every_minutes: 60 } } });
    const { body: run } = await hub.ask('POST', '/api/v1/scan-runs', { body: { scope_id: made.body._id } });
    const deleted = await hub.ask('DELETE', `${INSTANCES}/${instance._id}`);
    expect(deleted).toMatchObject({ status: 202, body: { status: 'deleted' } });
    expect((await hub.ask('GET', `/api/v1/scan-scopes/${made.body._id}`)).body).toMatchObject({ enabled: false });
    expect((await hub.ask('GET', `/api/v1/scan-runs/${run._id}`)).body).toMatchObject({ status: 'cancelled' });
    expect(hub.planned).toMatchObject([{ instance_id: instance._id, seq: 2 }]);
    expect((await hub.ask('POST', INSTANCES, { body: AWS, claims: ACME })).status).toBe(409);

    await hub.tick();
    await hub.retired();
    await hub.tick();
    await hub.tick();
    const { body: ended } = await hub.ask('GET', `${INSTANCES}/${instance._id}`);
    expect(ended).toMatchObject({ status: 'deleted', ended_at: START.toISOString() });
    expect(hub.planned).toHaveLength(1);
    expect((await hub.ask('POST', INSTANCES, { body: AWS, claims: ACME })).status).toBe(201);
    const told = await db().collection(AUDIT_EVENTS.name).find({ tenant_id: TENANT }).toArray();
    const actions = told.map(({ action }) => action).toSorted();
    expect(actions.filter((action) => action !== 'scan_run.finished')).toEqual([
      'connector_instance.created',
      'connector_instance.deleted',
      'scan_run.cancelled',
      'scan_run.started',
      'scan_run.started',
      'scan_scope.changed',
      'scan_scope.created',
    ]);
  });

  it('leaves accounts that another instance of the tenant names', async () => {
    const hub = aHub();
    const { body: first } = await hub.ask('POST', INSTANCES, { body: AWS });
    await hub.ask('POST', INSTANCES, { body: { ...AWS, config: { ...AWS.config, account_ids: [TWO] } } });
    await hub.ask('DELETE', `${INSTANCES}/${first._id}`);
    await hub.retired();
    await hub.tick();
    const foreign = await hub.ask('POST', INSTANCES, { body: AWS, claims: ACME });
    expect(foreign).toMatchObject({ status: 409, body: { detail: `config.account_ids: ${TWO}` } });
  });

  it('at once with others and with the tick begins one retirement', async () => {
    const hub = aHub();
    const { body: instance } = await hub.ask('POST', INSTANCES, { body: AWS });
    const deletions = atOnce(3, () => hub.ask('DELETE', `${INSTANCES}/${instance._id}`));
    await Promise.all([deletions, hub.tick(), hub.tick()]);
    expect((await deletions).map(({ status }) => status)).toEqual([202, 202, 202]);
    await hub.tick();
    expect(hub.planned).toHaveLength(1);
    const events = await db().collection(AUDIT_EVENTS.name).countDocuments({ action: 'connector_instance.deleted' });
    expect(events).toBe(1);
  });

  it('is gone on with by the tick where the API died', async () => {
    const hub = aHub();
    const { body: instance } = await hub.ask('POST', INSTANCES, { body: AWS });
    // As one that dies when the deletion is written and nothing of its end is done.
    const dying = apiOnServer(db());
    expect((await dying.ask('DELETE', `${INSTANCES}/${instance._id}`)).status).toBe(202);
    expect(hub.planned).toEqual([]);
    await hub.tick();
    expect(hub.planned).toHaveLength(1);
  });
});

describe('deleting a scope', () => {
  it('cancels its open run and keeps its history', async () => {
    const hub = aHub();
    const { body: instance } = await hub.ask('POST', INSTANCES, { body: AWS });
    const body = { instance_id: instance._id, scope_keys: {}, service_categories: ['aws_iam'] };
    const { body: scope } = await hub.ask('POST', '/api/v1/scan-scopes', { body });
    const { body: run } = await hub.ask('POST', '/api/v1/scan-runs', { body: { scope_id: scope._id } });
    expect((await hub.ask('DELETE', `/api/v1/scan-scopes/${scope._id}`)).status).toBe(202);
    expect((await hub.ask('GET', `/api/v1/scan-runs/${run._id}`)).body).toMatchObject({ status: 'cancelled' });
    expect((await hub.ask('GET', '/api/v1/scan-scopes')).body).toEqual({ items: [] });
    expect((await hub.ask('GET', `/api/v1/scan-scopes/${scope._id}`)).body).not.toHaveProperty('ending_since');
  });
});

describe('changes at once', () => {
  it('of one instance all come through, and each is told', async () => {
    const hub = aHub();
    const { body: instance } = await hub.ask('POST', INSTANCES, { body: AWS });
    const bodies = [
      { display_name: 'Media' },
      { status: 'disabled' },
      { config: { ...AWS.config, regions: ['us-east-1'] } },
    ];
    const answers = await Promise.all(bodies.map((body) => hub.ask('PATCH', `${INSTANCES}/${instance._id}`, { body })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await hub.ask('GET', `${INSTANCES}/${instance._id}`)).body).toMatchObject({
      display_name: 'Media',
      status: 'disabled',
      config: { regions: ['us-east-1'] },
      version: 4,
    });
  });

  it('of an instance and its deletion leave it deleted', async () => {
    const hub = aHub();
    const { body: instance } = await hub.ask('POST', INSTANCES, { body: AWS });
    const path = `${INSTANCES}/${instance._id}`;
    const answers = await atOnce(6, (index) =>
      index === 3 ? hub.ask('DELETE', path) : hub.ask('PATCH', path, { body: { display_name: `name ${index}` } }),
    );
    for (const { status } of answers) expect([200, 202, 409]).toContain(status);
    expect((await hub.ask('GET', path)).body).toMatchObject({ status: 'deleted', workspace_id: WORKSPACE });
    expect((await hub.ask('PATCH', path, { body: { status: 'active' } })).status).toBe(409);
  });

  it('that want the same account for two tenants give it to one', async () => {
    const hub = aHub();
    const narrow = { ...AWS, config: { ...AWS.config, account_ids: [ONE] } };
    const other = { ...AWS, config: { ...AWS.config, account_ids: ['444444444444'] } };
    const { body: mine } = await hub.ask('POST', INSTANCES, { body: narrow });
    const { body: theirs } = await hub.ask('POST', INSTANCES, { body: other, claims: ACME });
    const wide = (own: string) => ({ config: { ...AWS.config, account_ids: [own, TWO] } });
    const answers = await Promise.all([
      hub.ask('PATCH', `${INSTANCES}/${mine._id}`, { body: wide(ONE) }),
      hub.ask('PATCH', `${INSTANCES}/${theirs._id}`, { body: wide('444444444444'), claims: ACME }),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });

  it('that make one thing under one key make one', async () => {
    const hub = aHub();
    const headers = { 'idempotency-key': 'key-1' };
    const answers = await atOnce(8, () => hub.ask('POST', INSTANCES, { body: AWS, headers }));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(new Set(answers.map(({ body }) => body._id)).size).toBe(1);
    expect(await db().collection('connector_instances').countDocuments({})).toBe(1);
  });
});
