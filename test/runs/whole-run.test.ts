import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTerminal } from '../../src/runs/cell.ts';
import { collectCell } from '../../src/runs/collect-cell.ts';
import type { CellMessage } from '../../src/runs/messages.ts';
import { planRun } from '../../src/runs/plan-run.ts';
import { isOver, NEXT_STATUS, planMessage, RUN_FINISHED, type RunStatus } from '../../src/runs/run.ts';
import { aNode, aRoleRef } from '../inventory/builders.ts';
import { aHub, type Hub } from './a-hub.ts';
import { anInstance, aRun, ONE, START, TWO } from './builders.ts';

/** What may happen next: some message is delivered, be it again or late, the tick comes, time passes, a worker dies soon. */
type Event =
  | { readonly kind: 'plan' | 'tick' }
  | { readonly kind: 'cell'; readonly which: number }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'die'; readonly steps: number };

const anEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constantFrom('plan', 'tick') }),
  fc.record({ kind: fc.constant('cell'), which: fc.nat(20) }),
  fc.record({ kind: fc.constant('pass'), seconds: fc.constantFrom(1, 61, 901) }),
  fc.record({ kind: fc.constant('die'), steps: fc.nat(40) }),
);

/** An organization with two accounts, of which messages get lost, doubled and late, and workers die. */
function aWorld() {
  let left = Number.POSITIVE_INFINITY;
  const statuses: RunStatus[] = ['queued'];
  const hub: Hub = aHub({
    instance: anInstance({ config: { mode: 'organization', regions: ['eu-west-1'] } }),
    known: [ONE, TWO].map((account_id) => ({ account_id, status: 'ACTIVE' })),
    script: { 'aws_iam.one/global': { sees: [aNode(aRoleRef('reader'))] } },
    step: async () => {
      const status = hub.run()?.status;
      if (status && status !== statuses.at(-1)) statuses.push(status);
      if (left <= 0) throw new Error('killed');
      left -= 1;
    },
  });
  hub.put(aRun());
  let workers = 0;
  const work = async (message: CellMessage): Promise<void> => {
    workers += 1;
    const owner = `worker-${workers}`;
    const given = { owner, alive: async () => undefined, deadline: START, part_size: 1, memory_mb: 512 };
    await collectCell(hub.deps, message, given);
  };
  /** Does something, perhaps dying over it. */
  const dying = async (does: () => Promise<unknown>): Promise<void> => {
    await does().catch((error: unknown) => {
      if (!(error instanceof Error) || error.message !== 'killed') throw error;
    });
    left = Number.POSITIVE_INFINITY;
  };
  const happens = async (event: Event): Promise<void> => {
    switch (event.kind) {
      case 'plan':
        return dying(() => planRun(hub.deps, planMessage(aRun())));
      case 'tick':
        return dying(hub.tick);
      case 'cell': {
        const message = hub.messages[event.which % Math.max(hub.messages.length, 1)];
        return message && dying(() => work(message));
      }
      case 'pass':
        hub.clock.pass(event.seconds);
        return;
      case 'die':
        left = event.steps;
    }
  };
  /** From here on nothing is lost and nobody dies: the tick comes every minute, and each message is delivered. */
  const settles = async (): Promise<void> => {
    left = Number.POSITIVE_INFINITY;
    for (let minute = 0; minute < 60; minute += 1) {
      if (isOver(hub.run()?.status ?? 'queued') && hub.run()?.outbox.length === 0) return;
      hub.clock.pass(61);
      await hub.tick();
      for (const message of hub.plans.splice(0)) await planRun(hub.deps, message);
      for (const message of hub.messages.splice(0)) await work(message);
    }
    throw new Error('the run was to be over within an hour');
  };
  return { hub, statuses, happens, settles };
}

describe('a whole run, whatever happens to its messages and workers', () => {
  it('is over in the end, once, with every cell accounted for, and told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anEvent, { maxLength: 25 }), async (events) => {
        const { hub, statuses, happens, settles } = aWorld();
        for (const event of events) await happens(event);
        await settles();
        // Late deliveries after the end change nothing.
        const [run, cells] = [hub.run(), hub.cells()];
        await happens({ kind: 'plan' });
        await happens({ kind: 'tick' });
        expect([hub.run(), hub.cells()]).toEqual([run, cells]);

        expect(cells.map(({ key }) => key)).toHaveLength(4);
        expect(cells.every(({ status }) => isTerminal(status))).toBe(true);
        const whole = cells.every(({ status }) => status === 'succeeded');
        expect(run?.status === 'succeeded').toBe(whole);
        expect(run?.totals?.cells).toBe(4);
        for (const [index, status] of statuses.slice(1).entries()) {
          expect(NEXT_STATUS[statuses[index] ?? 'queued']).toContain(status);
        }
        const told = hub.moved.filter((entry) => entry.kind === 'signal' && entry.detail_type === RUN_FINISHED);
        expect(new Set(told.map(({ id }) => id)).size).toBe(1);
        expect((await hub.inventory.entities()).map(({ display_name }) => display_name)).toEqual(['reader']);
      }),
      { numRuns: 200 },
    );
  });

  it('is succeeded where nothing happens to it', async () => {
    const { hub, settles, statuses } = aWorld();
    await settles();
    expect(hub.run()?.status).toBe('succeeded');
    expect([...statuses, hub.run()?.status]).toEqual(['queued', 'running', 'succeeded', 'succeeded']);
  });
});
