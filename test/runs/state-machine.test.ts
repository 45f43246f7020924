import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cancelRun } from '../../src/runs/cancel-run.ts';
import { type CellStatus, isTerminal, NEXT_CELL_STATUS } from '../../src/runs/cell.ts';
import { collectCell } from '../../src/runs/collect-cell.ts';
import { finishRun } from '../../src/runs/finish-run.ts';
import { planRun } from '../../src/runs/plan-run.ts';
import { isOver, NEXT_STATUS, planMessage, RUN_FINISHED, type RunStatus } from '../../src/runs/run.ts';
import { RunTally } from '../../src/runs/run-outcome.ts';
import { aNode, aRoleRef } from '../inventory/builders.ts';
import { aHub, type Hub } from './a-hub.ts';
import { anInstance, aRun, ONE, START, TENANCY, THREE, TWO } from './builders.ts';

/** What somebody does to a run; `cell` is the delivery of one of the messages that were ever sent. */
type Operation =
  | { readonly kind: 'plan' | 'tick' | 'finish' | 'cancel' }
  | { readonly kind: 'cell'; readonly which: number };

type Event =
  | Operation
  /** Does it, and dies after so many steps. */
  | { readonly kind: 'dying'; readonly does: Operation; readonly steps: number }
  /** Begins it, and is held up after so many steps until the other is through. */
  | { readonly kind: 'held up'; readonly does: Operation; readonly steps: number; readonly until: Operation }
  | { readonly kind: 'pass'; readonly seconds: number }
  /** Accounts come and go. */
  | { readonly kind: 'accounts'; readonly known: readonly string[] };

const anOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('plan', 'tick', 'finish') }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('cell'), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel') }) },
);
const anEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: anOperation },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('dying'), does: anOperation, steps: fc.nat(40) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('held up'),
      does: anOperation,
      steps: fc.nat(40),
      until: anOperation,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass'), seconds: fc.constantFrom(1, 61, 901) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('accounts'), known: fc.subarray([ONE, TWO, THREE]) }) },
);

const active = (ids: readonly string[]) => ids.map((account_id) => ({ account_id, status: 'ACTIVE' }));

/** An organization whose run is planned, looked at, cancelled and closed by whoever comes by. */
function aWorld() {
  let before: () => Promise<void> = async () => undefined;
  const runs: (readonly [RunStatus, RunStatus])[] = [];
  const cells: (readonly [CellStatus, CellStatus])[] = [];
  const hub: Hub = aHub({
    instance: anInstance({ config: { mode: 'organization', regions: ['eu-west-1'] } }),
    known: active([ONE, TWO]),
    script: { 'aws_iam.one/global': { sees: [aNode(aRoleRef('reader'))] } },
    step: () => before(),
    watch_runs: (was, is) => {
      if (was && was.status !== is.status) runs.push([was.status, is.status]);
    },
    watch_cells: (was, is) => {
      if (was && was.status !== is.status) cells.push([was.status, is.status]);
    },
  });
  hub.put(aRun());

  let workers = 0;
  const does = async (operation: Operation): Promise<unknown> => {
    switch (operation.kind) {
      case 'plan':
        return planRun(hub.deps, planMessage(aRun()));
      case 'tick':
        return hub.tick();
      case 'finish':
        return Promise.all([finishRun(hub.deps, TENANCY, 'run-1'), finishRun(hub.deps, TENANCY, 'run-1')]);
      case 'cancel':
        return cancelRun(hub.deps, aRun(), { requested_by: 'ada', request_id: 'r' }).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'conflict' });
        });
      case 'cell': {
        const message = hub.messages[operation.which % Math.max(hub.messages.length, 1)];
        workers += 1;
        const worker = { alive: async () => undefined, deadline: START, part_size: 1, memory_mb: 512 };
        return message && collectCell(hub.deps, message, { ...worker, owner: `worker-${workers}` });
      }
    }
  };
  /** A worker that finds its cell in other hands when it wakes up fails, and its message comes again. */
  const orLost = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      const all = error instanceof AggregateError ? error.errors : [error];
      if (!all.every((one) => one instanceof Error && /killed|no longer/.test(one.message))) throw error;
    });
  };
  const happens = async (event: Event): Promise<void> => {
    if (event.kind === 'pass') return hub.clock.pass(event.seconds);
    if (event.kind === 'accounts') {
      hub.state.known = active(event.known);
      return;
    }
    if (event.kind === 'dying') {
      let left = event.steps;
      before = async () => {
        if (left <= 0) throw new Error('killed');
        left -= 1;
      };
      await orLost(does(event.does));
      before = async () => undefined;
      return;
    }
    if (event.kind !== 'held up') return orLost(does(event));
    let left = event.steps;
    let goOn = (): void => undefined;
    const through = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let isHeldUp: () => void = () => undefined;
    const held_up = new Promise<void>((resolve) => {
      isHeldUp = resolve;
    });
    before = async () => {
      left -= 1;
      if (left !== 0) return;
      isHeldUp();
      await through;
    };
    const held = orLost(does(event.does));
    await Promise.race([held, held_up]);
    before = async () => undefined;
    await orLost(does(event.until));
    goOn();
    await held;
  };
  /** From here on nothing is lost and nobody dies. */
  const settles = async (): Promise<void> => {
    for (let minute = 0; minute < 60; minute += 1) {
      const run = hub.run();
      if (run && isOver(run.status) && run.outbox.length === 0) return;
      hub.clock.pass(61);
      await hub.tick();
      for (const message of hub.plans.splice(0)) await planRun(hub.deps, message);
      for (const which of hub.messages.keys()) await orLost(does({ kind: 'cell', which }));
    }
    throw new Error('the run was to be over within an hour');
  };
  return { hub, runs, cells, happens, settles };
}

describe('runs and cells, whatever is done to them in whatever order', () => {
  it('move along their tables only, close once, tell it once, and say the truth in the end', async () => {
    const reached = new Set<RunStatus>();
    await fc.assert(
      fc.asyncProperty(fc.array(anEvent, { maxLength: 30 }), async (events) => {
        const { hub, runs, cells, happens, settles } = aWorld();
        for (const event of events) await happens(event);
        await settles();
        for (const event of [...events, { kind: 'tick' } as const]) if (event.kind !== 'cancel') await happens(event);

        for (const [was, is] of runs) expect(NEXT_STATUS[was]).toContain(is);
        for (const [was, is] of cells) expect(NEXT_CELL_STATUS[was]).toContain(is);
        expect(runs.filter(([, is]) => isOver(is))).toHaveLength(1);

        const run = hub.run();
        if (!run) throw new Error('the run is there');
        reached.add(run.status);
        expect(hub.cells().filter(({ status }) => !isTerminal(status))).toEqual([]);
        const tally = new RunTally();
        for (const cell of hub.cells()) tally.add(cell);
        expect(run).toMatchObject(tally.facts());
        expect(run.status).toBe(run.cancel ? 'cancelled' : tally.status);
        expect(run).not.toHaveProperty('planning');

        const ids = (action: string) =>
          new Set(
            hub.moved
              .filter((entry) => (entry.kind === 'audit' ? entry.event.action : entry.detail_type) === action)
              .map(({ id }) => id),
          ).size;
        expect([ids(RUN_FINISHED), ids('scan_run.finished')]).toEqual([1, 1]);
        expect(ids('scan_run.cancelled')).toBe(run.cancel ? 1 : 0);
      }),
      { numRuns: 300 },
    );
    expect(reached).toContain('cancelled');
    expect(reached).toContain('succeeded');
  });
});

describe('the tables', () => {
  it('let nothing leave a status that is over, and reach every status', () => {
    for (const table of [NEXT_STATUS, NEXT_CELL_STATUS]) {
      const statuses = Object.keys(table);
      const reached = new Set(Object.values(table).flat());
      expect(statuses.filter((status) => !reached.has(status))).toHaveLength(table === NEXT_STATUS ? 1 : 0);
    }
    expect(isOver('cancelled') && isTerminal('superseded')).toBe(true);
  });
});
