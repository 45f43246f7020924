import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/kernel/failures.ts';
import { SECOND } from '../../src/kernel/time.ts';
import { cancelRun } from '../../src/runs/cancel-run.ts';
import { isTerminal } from '../../src/runs/cell.ts';
import { END_SEQUENCE } from '../../src/runs/push-batch.ts';
import { takeReport } from '../../src/runs/push-report.ts';
import { isOver } from '../../src/runs/run.ts';
import { aPushedEdge, aPushedNode } from '../connectors/push/builders.ts';
import { beliefs, liveBeliefs } from '../inventory/comparable.ts';
import { aPushHub, WHOSE } from './a-push-hub.ts';
import { TENANT, WORKSPACE } from './builders.ts';

vi.setConfig({ testTimeout: 60_000 });

const SYSTEM = 'servicenow:example';
const WHOLE = { tenant_id: TENANT, workspace_id: WORKSPACE };
const FULL = {
  scanScope: { mode: 'full', sourceSystems: [SYSTEM], scannedEntityTypes: ['servicenow_table'] },
} as const;
const tables = (...ids: readonly string[]) => ({ nodes: ids.map((id) => aPushedNode(id)) });
const many = (count: number) => tables(...Array.from({ length: count }, (_, index) => `t${index}`));

const live = async ({ hub }: ReturnType<typeof aPushHub>) =>
  (await hub.inventory.entities())
    .filter((one) => !one.retired_at)
    .map((one) => one.source_record_id)
    .sort();

describe('a batch', () => {
  it('is applied once, however often it is delivered', async () => {
    const push = aPushHub();
    const id = await push.start();
    const first = await push.send(id, 0, tables('a', 'b'));
    const documents = structuredClone(await push.hub.inventory.entities());
    const second = await push.send(id, 0, tables('a', 'b'));
    expect(first).toMatchObject({ accepted: { nodes: 2 }, repeated: false });
    expect(second).toEqual({ ...first, repeated: true });
    expect(await push.hub.inventory.entities()).toEqual(documents);
  });

  it('under a number that another one had is a conflict', async () => {
    const push = aPushHub();
    const id = await push.start();
    await push.send(id, 0, tables('a'));
    await expect(push.send(id, 0, tables('b'))).rejects.toMatchObject({ code: 'conflict' });
    expect(await live(push)).toEqual(['a']);
  });

  it('of a run after which another one has begun is a conflict that names the other', async () => {
    const push = aPushHub();
    const older = await push.start(1);
    const newer = await push.start(2);
    await push.send(newer, 0, tables('a'));
    await expect(push.send(older, 0, tables('b'))).rejects.toMatchObject({
      code: 'conflict',
      details: { newer_run_id: newer },
    });
  });

  it('waits a little while another one is written, and then says when to come again', async () => {
    const push = aPushHub();
    const id = await push.start();
    const name = { tenant_id: WHOSE.tenant_id, instance_id: push.instance._id, key: `push:${push.instance._id}` };
    const { fence } = push.deps;
    await fence.take(name, { seq: 1, owner: 'other' }, new Date(0).toISOString(), '2999-01-01T00:00:00.000Z');
    await expect(push.send(id, 0, tables('a'))).rejects.toMatchObject({
      code: 'conflict',
      details: { retry_after_seconds: 2 },
    });
    expect(push.waited.reduce((sum, one) => sum + one, 0)).toBe(5 * SECOND);
  });

  it('into a run that was completed, cancelled, or that looks for itself is a conflict', async () => {
    const push = aPushHub();
    const id = await push.start();
    await push.send(id, 0, tables('a'));
    await push.complete(id);
    await expect(push.send(id, 1, tables('b'))).rejects.toMatchObject({ code: 'conflict' });
    await push.close(id);
    await expect(push.send(id, 1, tables('b'))).rejects.toMatchObject({ code: 'conflict' });
    expect(await push.send(id, 0, tables('a'))).toMatchObject({ repeated: true });
  });

  it('of a run that nobody of this workspace sees is not found', async () => {
    const push = aPushHub();
    await expect(push.send('run-9', 0, tables('a'))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('whose worker died anywhere is applied again, and comes to the same', async () => {
    const undisturbed = aPushHub();
    await undisturbed.whole(1, [tables('a', 'b'), { edges: [aPushedEdge('a', 'c')] }], FULL);
    const expected = await beliefs(undisturbed.hub.inventory);
    for (let dies = 1; dies < 40; dies += 1) {
      let operations = 0;
      const push = aPushHub({
        step: async () => {
          operations += 1;
          if (operations === dies) throw new Error('killed');
        },
      });
      const again = async <T>(work: () => Promise<T>): Promise<T> => {
        try {
          return await work();
        } catch (error) {
          // Who died before giving the head back is believed alive for the length of a lease.
          const busy = error instanceof AppError && error.details.retry_after_seconds !== undefined;
          if (!busy && !(error instanceof Error && error.message === 'killed')) throw error;
          push.hub.clock.pass(61);
          return work();
        }
      };
      const id = 'run-1';
      await again(async () => push.hub.run(id) ?? push.start());
      await again(() => push.send(id, 0, tables('a', 'b')));
      await again(() => push.send(id, 1, { edges: [aPushedEdge('a', 'c')] }));
      await again(() => push.complete(id, FULL));
      await again(() => push.close(id));
      expect(await beliefs(push.hub.inventory)).toEqual(expected);
      expect(push.hub.run(id)?.status).toBe('succeeded');
    }
  });
});

describe('the same items', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  const nodeOf = (id: string, name: string) => ({
    kind: 'node',
    ...aPushedNode(id, { display_name: name, properties: { name, [name]: id } }),
  });
  const edgeOf = (from: string, to: string, since: number) => ({
    kind: 'edge',
    ...aPushedEdge(from, to, { properties: { since } }),
  });
  const id = fc.constantFrom(...ids);
  /** Several items may be about one record, and say different things of it. */
  const contradicting = fc.oneof(
    fc.tuple(id, fc.constantFrom('x', 'y')).map(([one, name]) => nodeOf(one, name)),
    fc.tuple(id, id, fc.integer({ min: 1, max: 3 })).map(([from, to, since]) => edgeOf(from, to, since)),
  );
  /** Several items may be about one record, and say the same of it. */
  const agreeing = fc.oneof(
    id.map((one) => nodeOf(one, 'x')),
    fc.tuple(id, id).map(([from, to]) => edgeOf(from, to, 1)),
  );

  const splitOf = (item: fc.Arbitrary<object>) =>
    fc.array(item, { maxLength: 14 }).chain((items) =>
      fc.record({
        items: fc.constant(items),
        shuffled: fc.shuffledSubarray([...items.keys()], { minLength: items.length }),
        batch_of: fc.array(fc.nat({ max: 3 }), { minLength: items.length, maxLength: items.length }),
        order: fc.array(fc.nat({ max: 3 }), { maxLength: 8 }),
      }),
    );
  type Split = { items: object[]; shuffled: number[]; batch_of: number[]; order: number[] };

  /** Runs the items as one body in one hub, and split, shuffled and redelivered in another. */
  async function compare({ items, shuffled, batch_of, order }: Split, before: readonly object[]): Promise<void> {
    const whole = aPushHub();
    const parts = aPushHub();
    for (const push of [whole, parts]) if (before.length > 0) await push.whole(1, [{ items: before }], FULL);
    await whole.whole(2, [], { ...FULL, items });

    const run_id = await parts.start(2);
    const bodies = [0, 1, 2, 3].map((batch) => ({
      items: shuffled.flatMap((index) => (batch_of[index] === batch ? [items[index]] : [])),
    }));
    for (const sequence of [...order, 3, 1, 0, 2]) await parts.send(run_id, sequence, bodies[sequence] ?? {});
    await parts.complete(run_id, { ...FULL, batches: 4 });
    await parts.complete(run_id, { ...FULL, batches: 4 });
    await parts.close(run_id);

    expect(await liveBeliefs(parts.hub.inventory)).toEqual(await liveBeliefs(whole.hub.inventory));
    expect(parts.hub.run(run_id)?.status).toBe(whole.hub.run(run_id)?.status);
  }

  it('come to the same documents however they are split, ordered and redelivered', async () => {
    const worlds = fc.tuple(splitOf(agreeing), fc.array(contradicting, { maxLength: 6 }));
    await fc.assert(
      fc.asyncProperty(worlds, async ([split, before]) => compare(split, before)),
      { numRuns: 100 },
    );
  });

  it('come to the same also where they contradict each other, in a first run', async () => {
    await fc.assert(
      fc.asyncProperty(splitOf(contradicting), async (split) => compare(split, [])),
      { numRuns: 100 },
    );
  });
});

describe('the end of a push run', () => {
  it('removes what it says it scanned and did not send, and nothing else', async () => {
    const push = aPushHub();
    const client = aPushedNode('client', { entity_type: 'servicenow_oauth_client' });
    await push.whole(1, [{ nodes: [...tables('a', 'b', 'c').nodes, client] }], FULL);
    const run = await push.whole(2, [tables('a', 'c')], FULL);
    expect(await live(push)).toEqual(['a', 'c', 'client']);
    expect(run).toMatchObject({ status: 'succeeded', totals: { removed: 1, unchanged: 2 } });
  });

  it('removes also where nothing of a type was sent at all', async () => {
    const push = aPushHub();
    await push.whole(1, [tables('a')], FULL);
    await push.whole(2, [], FULL);
    expect(await live(push)).toEqual([]);
  });

  it.each([
    ['no statement', {}],
    ['an incremental one', { scanScope: { ...FULL.scanScope, mode: 'incremental' } }],
    ['an error', { scanScope: { ...FULL.scanScope, errors: [{ entity_type: 'servicenow_table', message: 'no' }] } }],
    ['another system', { scanScope: { ...FULL.scanScope, sourceSystems: [] } }],
    ['a rejected item of the type', { ...FULL, nodes: [aPushedNode('z', { display_name: 7 })] }],
    ['a rejected item of no type', { ...FULL, nodes: ['?'] }],
  ])('removes nothing with %s', async (what, end) => {
    const push = aPushHub();
    await push.whole(1, [tables('a', 'b')], FULL);
    const run = await push.whole(2, [tables('a')], end);
    expect(await live(push)).toEqual(['a', 'b']);
    expect(run?.status).toBe(/error|rejected/.test(what) ? 'partial' : 'succeeded');
    if (run?.status === 'partial') expect(run.errors.length).toBeGreaterThan(0);
  });

  it('holds back a removal of more than half', async () => {
    const push = aPushHub();
    await push.whole(1, [many(60)], FULL);
    const run = await push.whole(2, [many(10)], FULL);
    expect(await live(push)).toHaveLength(60);
    expect(run).toMatchObject({ status: 'partial', errors: [{ code: 'removal_held' }] });
  });

  it('says which batches are missing, and takes the end when they have come', async () => {
    const push = aPushHub();
    const id = await push.start();
    await push.send(id, 2, tables('c'));
    await expect(push.complete(id, { batches: 3 })).rejects.toMatchObject({
      code: 'conflict',
      details: { missing: [0, 1] },
    });
    await push.send(id, 0, tables('a'));
    await push.send(id, 1, tables('b'));
    expect(await push.complete(id, { batches: 3 })).toMatchObject({ sequence: END_SEQUENCE, repeated: false });
    await expect(push.complete(id, { batches: 2 })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('does not take a batch for applied whose worker died', async () => {
    let dies = false;
    const push = aPushHub({
      step: async (operation) => {
        if (dies && operation === 'finish batch') throw new Error('killed');
      },
    });
    const id = await push.start();
    dies = true;
    await expect(push.send(id, 0, tables('a'))).rejects.toThrow('killed');
    dies = false;
    await expect(push.complete(id)).rejects.toMatchObject({ code: 'conflict', details: { missing: [0] } });
  });

  it('removes nothing where the manifest lost entries', async () => {
    const push = aPushHub();
    await push.whole(1, [tables('a', 'b')], FULL);
    const id = await push.start(2);
    await push.send(id, 0, tables('a', 'b'));
    await push.complete(id, FULL);
    await push.hub.inventory.stores.manifests.discard(WHOSE.tenant_id, `${id}/push:push-1`);
    await expect(push.close(id)).rejects.toThrow('nothing removed');
    expect(await live(push)).toEqual(['a', 'b']);
  });

  it('tells of start and finish in the outbox, and signals once', async () => {
    const push = aPushHub();
    await push.whole(1, [tables('a')], FULL);
    await push.close('run-1');
    const told = push.hub.moved.map((entry) => (entry.kind === 'audit' ? entry.event.action : entry.detail_type));
    expect(told).toEqual(['scan_run.started', 'scan_run.finished', 'ScanRunFinished']);
  });
});

describe('cancelling a run', () => {
  it('while it is being completed leaves no open cell in a run that is over', async () => {
    for (let at = 1; at < 30; at += 1) {
      let operations = 0;
      let id = '';
      const push = aPushHub({
        step: async () => {
          operations += 1;
          if (id === '' || operations !== at) return;
          await cancelRun(
            { ...push.deps, runs: push.hub.runs },
            { ...WHOLE, _id: id },
            { requested_by: 'ada', request_id: 'request-9' },
          );
        },
      });
      id = await push.start();
      operations = 0;
      await push.complete(id, tables('a')).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
      });
      const run = push.hub.run(id);
      const open = push.hub.cells().filter(({ status }) => !isTerminal(status));
      if (run && isOver(run.status)) expect([at, open]).toEqual([at, []]);
      else expect([at, run?.cancel]).toEqual([at, undefined]);
    }
  });
});

describe('the tick', () => {
  it('closes a run of which nothing has come for a day, as what it is, and removes nothing', async () => {
    const push = aPushHub();
    await push.whole(1, [tables('a', 'b')], FULL);
    const id = await push.start(2);
    await push.send(id, 0, { ...tables('a'), ...FULL });
    push.hub.clock.pass(86_000);
    expect(await push.tick()).toEqual([]);
    push.hub.clock.pass(500);
    expect(await push.tick()).toEqual([id]);
    await push.close(id);
    expect(push.hub.run(id)).toMatchObject({ status: 'partial', errors: [{ code: 'source_unreachable' }] });
    expect(await live(push)).toEqual(['a', 'b']);
  });

  it('calls one failed of which nothing came at all', async () => {
    const push = aPushHub();
    const id = await push.start();
    push.hub.clock.pass(86_401);
    await push.tick();
    await push.close(id);
    expect(push.hub.run(id)?.status).toBe('failed');
  });

  it('goes on with an end whose worker died before the cell was written', async () => {
    let dies = false;
    const push = aPushHub({
      step: async (operation) => {
        if (dies && operation === 'add cells') throw new Error('killed');
      },
    });
    const id = await push.start();
    dies = true;
    await push.complete(id, { ...tables('a'), ...FULL }).catch(() => undefined);
    dies = false;
    expect(await push.tick()).toEqual([]);
    await push.close(id);
    expect(push.hub.run(id)?.status).toBe('succeeded');
  });
});

describe('a report', () => {
  const reporter = { ...WHOSE, subject: 'ada', request_id: 'request-1' };
  const REPORT = {
    source_system: SYSTEM,
    edges: [],
    errors: [],
    nodes: [{ entityType: 'servicenow_table', sourceRecordId: 'a', displayName: 'A', properties: { x: 1 } }],
  };

  it('is one run, and the same again is the same run', async () => {
    const push = aPushHub();
    const first = await takeReport(push.deps, reporter, REPORT);
    const again = await takeReport(push.deps, reporter, REPORT);
    await push.close(first.sync.scan_run_id);
    expect(again.sync.scan_run_id).toBe(first.sync.scan_run_id);
    expect(again.batch.repeated).toBe(true);
    expect(push.hub.run(first.sync.scan_run_id)).toMatchObject({ status: 'succeeded', trigger: 'push' });
    expect(push.hub.run(first.sync.scan_run_id)).not.toHaveProperty('scope_id');
    expect(push.hub.push.syncs.get(first.sync._id)).toMatchObject({ status: 'succeeded', counts: { added: 1 } });
    expect(await live(push)).toEqual(['a']);
  });

  it.each([
    ['errors beside nodes', { ...REPORT, errors: ['timeout'] }, 'partial'],
    ['errors only', { ...REPORT, nodes: [], errors: [{ message: 'timeout' }] }, 'failed'],
  ])('with %s is %3$s', async (_what, report, status) => {
    const push = aPushHub();
    const { sync } = await takeReport(push.deps, reporter, report);
    await push.close(sync.scan_run_id);
    expect(push.hub.run(sync.scan_run_id)).toMatchObject({ status });
    expect(push.hub.push.syncs.get(sync._id)).toMatchObject({ status });
  });

  it('with an item of a type that nobody knows is partial, and loses what it no longer has all the same', async () => {
    const push = aPushHub();
    await push.whole(1, [tables('a', 'b')], FULL);
    const end = { ...FULL, nodes: [aPushedNode('a'), aPushedNode('t', { entity_type: 'toaster' })] };
    expect(await push.whole(2, [], end)).toMatchObject({ status: 'partial', errors: [{ code: 'unreadable_item' }] });
    expect(await live(push)).toEqual(['a']);
  });

  it('whose run is cancelled before it is worked in says so in its sync', async () => {
    const push = aPushHub();
    const { sync } = await takeReport(push.deps, reporter, REPORT);
    const target = { ...WHOLE, _id: sync.scan_run_id };
    await cancelRun({ ...push.deps, runs: push.hub.runs }, target, { requested_by: 'ada', request_id: 'request-9' });
    await push.tick();
    expect(push.hub.run(sync.scan_run_id)).toMatchObject({ status: 'cancelled' });
    expect(push.hub.push.syncs.get(sync._id)).toMatchObject({ status: 'cancelled' });
  });

  it('needs one instance that speaks for its system', async () => {
    const push = aPushHub();
    const two = { ...push.deps, speakersFor: async () => [push.instance, { ...push.instance, _id: 'push-2' }] };
    await expect(takeReport(two, reporter, REPORT)).rejects.toMatchObject({
      code: 'conflict',
      details: { instance_ids: ['push-1', 'push-2'] },
    });
    await expect(takeReport(two, reporter, { ...REPORT, instance_id: 'push-1' })).resolves.toBeDefined();
    await expect(takeReport({ ...push.deps, speakersFor: async () => [] }, reporter, REPORT)).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
