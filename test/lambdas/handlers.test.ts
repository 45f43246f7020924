import { beforeEach, describe, expect, it, vi } from 'vitest';
import { collectWork } from '../../lambdas/collect-aws/handler.ts';
import type { Delivery } from '../../lambdas/consumer.ts';
import { planRunWork } from '../../lambdas/plan-run/handler.ts';
import { tellingOfRefused } from '../../lambdas/refused-messages.ts';
import { requestStitchHandler } from '../../lambdas/request-stitch/handler.ts';
import { stitchNow, stitchWork } from '../../lambdas/stitch/handler.ts';
import { tickHandler } from '../../lambdas/tick/handler.ts';
import type { AuditEvent } from '../../src/control/audit.ts';
import type { ScanScope } from '../../src/control/scan-scope.ts';
import { AppError } from '../../src/kernel/failures.ts';
import { CELL_STOPPED } from '../../src/runs/cancel-run.ts';
import type { StitchMessage } from '../../src/runs/messages.ts';
import { REMOVAL_RELEASED } from '../../src/runs/release-cell.ts';
import { planMessage, RUN_FINISHED } from '../../src/runs/run.ts';
import { aNode, aRoleRef } from '../inventory/builders.ts';
import { aHub } from '../runs/a-hub.ts';
import { aCell, aPlannedRun, aRun, aScope, START, TENANT } from '../runs/builders.ts';
import { memoryPush } from '../runs/memory-push.ts';
import { memoryCells, memoryRuns } from '../runs/memory-runs.ts';
import { computedHere } from '../stitch/here.ts';
import { memoryDue } from '../stitch/memory-due.ts';
import { memoryStitched } from '../stitch/memory-stores.ts';

const CELL = {
  tenant_id: TENANT,
  workspace_id: 'platform',
  run_id: 'run-1',
  cell_id: aCell()._id,
  part: 0,
  send_no: 0,
};

/** A delivery of which is noted how long it was hidden. */
function aDelivery(remaining = 900_000) {
  const hidden: number[] = [];
  const delivery: Delivery = {
    message_id: 'message-1',
    hide: async (seconds) => {
      hidden.push(seconds);
    },
    remaining: () => remaining,
  };
  return { delivery, hidden };
}

describe('collect-aws', () => {
  it('hides the message for a lease before it looks, and is done', async () => {
    const hub = aHub();
    hub.put(aPlannedRun(), [aCell()]);
    const { delivery, hidden } = aDelivery();
    const work = collectWork({ ...hub.deps, newOwner: () => 'one', part_size: 1_000, memory_mb: 512 });
    expect(await work(CELL, delivery)).toBe('done');
    expect(hidden).toEqual([60]);
    expect(hub.run()?.status).toBe('succeeded');
  });

  it('comes again in a while where somebody else is at the cell', async () => {
    const hub = aHub();
    hub.put(aPlannedRun(), [aCell({ status: 'running', owner: 'other', lease_until: '2099-01-01T00:00:00.000Z' })]);
    const work = collectWork({ ...hub.deps, newOwner: () => 'one', part_size: 1_000, memory_mb: 512 });
    expect(await work(CELL, aDelivery().delivery)).toEqual({ again_in: 15 });
  });

  it('ends a part while there is time left to write', async () => {
    const pages = [aNode(aRoleRef('a')), { kind: 'checkpoint', cursor: 'p1' } as const, aNode(aRoleRef('b'))];
    const parts = async (remaining: number) => {
      const hub = aHub({ script: { 'aws_iam.one/global': { sees: pages } } });
      hub.put(aPlannedRun(), [aCell()]);
      const work = collectWork({ ...hub.deps, newOwner: () => 'one', part_size: 1_000, memory_mb: 512 });
      await work(CELL, aDelivery(remaining).delivery);
      return hub.cells()[0]?.part;
    };
    expect(await parts(90_001)).toBe(0);
    expect(await parts(90_000)).toBe(1);
  });
});

describe('plan-run', () => {
  it('comes again in a while where somebody else is planning the run', async () => {
    const hub = aHub();
    hub.put(aRun({ planning: { owner: 'other', until: '2099-01-01T00:00:00.000Z' } }));
    expect(await planRunWork(hub.deps)(planMessage(aRun()), aDelivery().delivery)).toEqual({ again_in: 15 });
    expect(hub.cells()).toEqual([]);
  });

  it('plans the run of the message', async () => {
    const hub = aHub();
    hub.put(aRun());
    expect(await planRunWork(hub.deps)(planMessage(aRun()), aDelivery().delivery)).toBe('done');
    expect(hub.run()?.planned_at).toBeDefined();
  });
});

describe('a message that names what its tenant does not have', () => {
  const told: AuditEvent[] = [];
  const refusing = (failure: unknown) =>
    tellingOfRefused(
      {
        queue: 'cells',
        audit: async (event) => {
          told.push(event);
        },
        now: () => START,
      },
      () => Promise.reject(failure),
    );
  beforeEach(() => {
    told.splice(0);
  });

  it('is told to the audit of the tenant that it names, under one id however often it comes, and refused all the same', async () => {
    const foreign = new AppError('foreign_message', 'cell x is not of a run of tenant acme');
    for (let n = 0; n < 2; n += 1) {
      await expect(refusing(foreign)({ ...CELL, tenant_id: 'acme' }, aDelivery().delivery)).rejects.toBe(foreign);
    }
    expect(told).toMatchObject([
      {
        tenant_id: 'acme',
        workspace_id: 'platform',
        actor: 'throughline',
        action: 'message.refused',
        target: 'run-1',
        request_id: 'message-1',
        details: { queue: 'cells', reason: foreign.message },
      },
      { _id: told[0]?._id },
    ]);
  });

  it('is not every message that fails', async () => {
    for (const failure of [new Error('away'), new AppError('source_unreachable', 'no answer')]) {
      await expect(refusing(failure)(CELL, aDelivery().delivery)).rejects.toBe(failure);
    }
    expect(told).toEqual([]);
  });
});

describe('request-stitch', () => {
  const aRequest = () => {
    const { due } = memoryDue();
    const sent: StitchMessage[] = [];
    const enqueueStitch = async (message: StitchMessage) => {
      sent.push(message);
    };
    return { due, sent, handle: requestStitchHandler({ due, enqueueStitch, delay: 0, now: () => START }) };
  };

  it.each(['succeeded', 'partial', 'failed'])('asks for a stitch after a run that wrote and is %s', async (status) => {
    const { sent, handle } = aRequest();
    await handle({ detail: { tenant_id: TENANT, run_id: 'run-1', status, wrote: true, signal_id: 's' } });
    expect(sent).toEqual([{ tenant_id: TENANT, generation: 1 }]);
  });

  it.each([
    [RUN_FINISHED, 'run_finished'],
    [REMOVAL_RELEASED, 'removal_released'],
    [CELL_STOPPED, 'cell_stopped'],
  ])('remembers what asked: %s', async (detail_type, kind) => {
    const { due, handle } = aRequest();
    await handle({
      'detail-type': detail_type,
      detail: { tenant_id: TENANT, workspace_id: 'platform', run_id: 'run-1', wrote: true },
    });
    expect((await due.get(TENANT))?.triggers).toEqual([{ kind, by: 'run-1', workspace_id: 'platform', generation: 1 }]);
  });

  it('asks for none after a run that wrote nothing', async () => {
    const { sent, handle } = aRequest();
    await handle({ detail: { tenant_id: TENANT, run_id: 'run-1', wrote: false } });
    expect(sent).toEqual([]);
  });

  it.each([{}, { tenant_id: '', run_id: 'r', wrote: true }, { tenant_id: TENANT, run_id: 'r', wrote: 'yes' }])(
    'fails at %j, which is no signal of ours',
    async (detail) => {
      const { sent, handle } = aRequest();
      await expect(handle({ detail })).rejects.toThrow();
      expect(sent).toEqual([]);
    },
  );
});

describe('stitch', () => {
  it('reports what it came to, and comes again in a while where somebody else is at it', async () => {
    const { due } = memoryDue();
    const report = vi.fn();
    const work = stitchWork({
      due,
      input: async function* () {},
      compute: computedHere,
      settings: { get: async () => undefined },
      stitched: memoryStitched().stores,
      stitch_runs: { ofGeneration: async () => undefined, record: async () => undefined },
      newId: () => 'stitch-1',
      patience: 0,
      now: () => START,
      report,
    });
    const message = {
      tenant_id: TENANT,
      generation: await due.raise(TENANT, START.toISOString(), START.toISOString(), { kind: 'manual', by: 'ada' }),
    };
    await due.take(TENANT, 'other', START.toISOString(), '2099-01-01T00:00:00.000Z');
    expect(await work(message, aDelivery().delivery)).toEqual({ again_in: 15 });
    await due.release(TENANT, 'other');
    expect(await work(message, aDelivery().delivery)).toBe('done');
    expect(report.mock.calls).toEqual([
      [message, 'busy'],
      [message, 'stitched'],
    ]);
  });
});

describe('a stitch that is wanted now', () => {
  const wanted = async () => {
    const { due } = memoryDue();
    const outcomes: unknown[] = [];
    const deps = {
      due,
      settings: { get: async () => undefined },
      input: async function* () {},
      compute: computedHere,
      stitched: memoryStitched().stores,
      stitch_runs: { ofGeneration: async () => undefined, record: async () => undefined },
      newId: () => 'owner-1',
      patience: 300_000,
      now: () => START,
      report: (_message: StitchMessage, outcome: unknown) => outcomes.push(outcome),
    };
    const raise = () => due.raise(TENANT, START.toISOString(), START.toISOString(), { kind: 'manual', by: 'ada' });
    return { due, outcomes, raise, now: stitchNow(deps) };
  };

  it('does not wait for a later one', async () => {
    const { outcomes, raise, now } = await wanted();
    const generation = await raise();
    await raise();
    await now({ tenant_id: TENANT, generation });
    expect(outcomes).toEqual(['stitched']);
  });

  it('that finds the tenant being stitched is left to the tick: it is due as before', async () => {
    const { due, outcomes, raise, now } = await wanted();
    const generation = await raise();
    await due.take(TENANT, 'other', START.toISOString(), '2099-01-01T00:00:00.000Z');
    await now({ tenant_id: TENANT, generation });
    expect(outcomes).toEqual(['busy']);
    expect(await due.get(TENANT)).toMatchObject({ due_at: START.toISOString(), stitched_generation: 0 });
  });

  it('is nothing but a message of ours', async () => {
    const { now } = await wanted();
    for (const event of [{}, { tenant_id: TENANT }, { tenant_id: TENANT, generation: 1, more: 1 }]) {
      await expect(now(event)).rejects.toThrow();
    }
  });
});

describe('tick', () => {
  /** A tick over a hub in which these scopes are due, and the order in which it looks. */
  const aTick = (due: ScanScope[]) => {
    const order: string[] = [];
    const { runs } = memoryRuns(async (operation) => {
      if (operation.startsWith('find')) order.push(operation);
    });
    const report = vi.fn();
    const nothing = async () => undefined;
    const now = () => START;
    const note = (what: string) => order.push(what);
    const tick = tickHandler({
      start: {
        scopes: {
          claimDue: async () => {
            note('claim what is due');
            return due.shift();
          },
          settleDue: nothing,
        },
        instances: { get: nothing, nextSeq: async () => 1 },
        runs,
        enqueuePlan: nothing,
        newId: () => 'run-1',
        now,
      },
      repair: { runs, cells: memoryCells().cells, enqueueCells: async () => [], enqueuePlan: nothing, now },
      push: {
        runs,
        cells: memoryCells().cells,
        batches: memoryPush().store,
        openPushRuns: async () => {
          note('find open pushes');
          return [];
        },
        openSyncs: async () => [],
        finishSync: nothing,
        enqueueCells: async () => [],
        newOwner: () => 'tick-1',
        now,
      },
      endDeleted: async () => {
        note('end what was deleted');
      },
      moveOn: async () => {
        note('move on');
      },
      followSettings: async () => {
        note('follow settings');
      },
      stitch: {
        due: {
          overdue: async () => {
            note('find overdue stitches');
            return [];
          },
        },
        enqueueStitch: nothing,
        now,
      },
      report,
    });
    return { tick, order, report };
  };

  it('starts what is due, mends what was lost, and moves on what was left', async () => {
    const { tick, order } = aTick([]);
    await tick();
    expect(order).toEqual([
      'claim what is due',
      'find open runs',
      'find outboxes',
      'find open pushes',
      'end what was deleted',
      'move on',
      'follow settings',
      'find overdue stitches',
    ]);
  });

  it('reports what was due, and nothing when nothing was', async () => {
    const quiet = aTick([]);
    await quiet.tick();
    expect(quiet.report).not.toHaveBeenCalled();
    const due = aTick([aScope()]);
    await due.tick();
    expect(due.report.mock.calls).toEqual([[{ started: [], skipped: ['scope-1'], silent: [] }]]);
  });
});
