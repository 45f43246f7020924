import { beforeEach, describe, expect, it } from 'vitest';
import { pushDeps } from '../../lambdas/api/push-deps.ts';
import { PushedEnd } from '../../src/connectors/push/batch.ts';
import type { AuditEvent } from '../../src/control/audit.ts';
import type { PushInstance } from '../../src/control/connector-instance.ts';
import type { Entity } from '../../src/inventory/entity.ts';
import { AppError } from '../../src/kernel/failures.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { pushBatch, pushTarget } from '../../src/runs/push-batch.ts';
import { closePushCell } from '../../src/runs/push-close.ts';
import { completePush } from '../../src/runs/push-complete.ts';
import { takeReport } from '../../src/runs/push-report.ts';
import { startPushRun } from '../../src/runs/push-run.ts';
import { AUDIT_EVENTS } from '../../src/store/audit-events.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { connectorSyncStore } from '../../src/store/connector-syncs.ts';
import { ENTITIES } from '../../src/store/entities.ts';
import { inventoryStores } from '../../src/store/inventory.ts';
import { pushBatchStore } from '../../src/store/push-batches.ts';
import { pushSourceStore } from '../../src/store/push-sources.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { aPushedNode } from '../connectors/push/builders.ts';
import { aPushInstance, START, TENANCY, TENANT, WORKSPACE } from '../runs/builders.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
const WHOSE = { tenant_id: TENANT, workspace_ids: [WORKSPACE] };
const FULL = {
  scanScope: { mode: 'full', sourceSystems: ['servicenow:example'], scannedEntityTypes: ['servicenow_table'] },
};

let instance: PushInstance;
let sent: Cell[];
let owners: number;
beforeEach(async () => {
  instance = aPushInstance();
  sent = [];
  owners = 0;
  await connectorInstanceStore(db()).create(instance, []);
});

const deps = () =>
  pushDeps(db(), {
    enqueueCells: async (cells) => {
      sent.push(...cells);
      return cells.map(({ _id }) => _id);
    },
    newId: () => {
      owners += 1;
      return `owner-${owners}`;
    },
    now: () => START,
  }).push;

async function start(seq: number): Promise<string> {
  const run = startPushRun(instance, {
    id: `run-${seq}`,
    seq,
    requested_by: 'ada',
    request_id: `r-${seq}`,
    now: START,
  });
  await scanRunStore(db()).create(run);
  return run._id;
}

const tables = (...ids: readonly string[]) => ({ nodes: ids.map((id) => aPushedNode(id)) });
const send = async (run_id: string, sequence: number, body: object) =>
  pushBatch(deps(), await pushTarget(deps(), WHOSE, run_id), sequence, PushedEnd.parse(body));
const complete = async (run_id: string, body: object) =>
  completePush(deps(), await pushTarget(deps(), WHOSE, run_id), PushedEnd.parse(body));

/** The close as the worker of cells does it. */
async function close(run_id: string) {
  const run = await scanRunStore(db()).get(TENANCY, run_id);
  const cell = sent.find((one) => one.run_id === run_id);
  if (!run || !cell) throw new Error(`run ${run_id} was not completed`);
  const pushed = { batches: pushBatchStore(db()), finishSync: connectorSyncStore(db()).finish };
  const lease = { still_mine: () => true, stop: async () => undefined };
  return closePushCell({ pushed, inventory: inventoryStores(db()) }, run, cell, lease);
}

const live = async () =>
  (
    await db()
      .collection<Entity>(ENTITIES.name)
      .find({ retired_at: { $exists: false } })
      .toArray()
  )
    .map((one) => one.source_record_id)
    .toSorted();

describe('pushing on a server', () => {
  it('takes batches, redelivered and out of order, and removes what a later run did not send', async () => {
    const first = await start(1);
    await send(first, 1, tables('b', 'c'));
    await send(first, 0, tables('a'));
    expect(await send(first, 1, tables('b', 'c'))).toMatchObject({ repeated: true });
    await complete(first, { ...FULL, batches: 2 });
    expect(await close(first)).toMatchObject({ status: 'succeeded', progress: { counts: { added: 3 } } });

    const second = await start(2);
    await send(second, 0, tables('a', 'c'));
    await complete(second, FULL);
    expect(await close(second)).toMatchObject({ progress: { counts: { added: 0, removed: 1, unchanged: 2 } } });
    expect(await live()).toEqual(['a', 'c']);
    await expect(send(first, 2, tables('d'))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('applies one batch of several that are sent at once under one number', async () => {
    const id = await start(1);
    const answers = await atOnce(5, (index) =>
      send(id, 0, tables(index % 2 ? 'odd' : 'even')).catch((error: unknown) => error),
    );
    const taken = answers.filter((answer) => !(answer instanceof AppError));
    expect(taken.filter((answer) => JSON.stringify(answer).includes('"repeated":false'))).toHaveLength(1);
    expect(await live()).toHaveLength(1);
  });

  it('names the newer run to a batch of an older one', async () => {
    const older = await start(1);
    const newer = await start(2);
    await send(newer, 0, tables('a'));
    await expect(send(older, 0, tables('b'))).rejects.toMatchObject({ details: { newer_run_id: newer } });
  });

  it('makes one run and one sync of a report that comes several times at once', async () => {
    const reporter = { ...WHOSE, subject: 'ada', request_id: 'request-1' };
    const report = { source_system: 'servicenow:example', ...tables('a'), edges: [], errors: [] };
    const answers = await atOnce(4, () => takeReport(deps(), reporter, report).catch((error: unknown) => error));
    expect(answers.filter((answer) => answer instanceof Error && !(answer instanceof AppError))).toEqual([]);
    const [sync, ...more] = await connectorSyncStore(db()).list(WHOSE, 10);
    expect(more).toEqual([]);
    await takeReport(deps(), reporter, report);
    await close(sync?.scan_run_id ?? '');
    expect(await connectorSyncStore(db()).list(WHOSE, 10)).toMatchObject([
      { status: 'succeeded', counts: { added: 1 } },
    ]);
    expect(await connectorSyncStore(db()).list({ ...WHOSE, tenant_id: 'other' }, 10)).toEqual([]);
    const started = await db().collection<AuditEvent>(AUDIT_EVENTS.name).find({ action: 'scan_run.started' }).toArray();
    expect(started).toHaveLength(1);
  });

  it('finds who speaks for a system within one tenant, and open runs of all', async () => {
    const sources = pushSourceStore(db());
    await connectorInstanceStore(db()).create(aPushInstance({ _id: 'push-2', status: 'disabled' }), []);
    await connectorInstanceStore(db()).create(aPushInstance({ _id: 'push-3', tenant_id: 'other' }), []);
    expect((await sources.speakersFor(WHOSE, 'servicenow:example')).map(({ _id }) => _id)).toEqual(['push-1']);
    expect(await sources.speakersFor(WHOSE, 'elsewhere')).toEqual([]);
    const id = await start(1);
    expect((await sources.openPushRuns(10)).map(({ _id }) => _id)).toEqual([id]);
    await complete(id, tables('a'));
    expect(await sources.openPushRuns(10)).toEqual([]);
  });
});
