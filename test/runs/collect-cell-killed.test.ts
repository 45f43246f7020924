import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gap, Observation } from '../../src/observations/observation.ts';
import { type Cell, isTerminal } from '../../src/runs/cell.ts';
import { beliefs } from '../inventory/comparable.ts';
import { consistentFacts } from '../inventory/worlds.ts';
import { aHub } from './a-hub.ts';
import { aCell, aPlannedRun } from './builders.ts';
import type { Script } from './scripted-connector.ts';

const aGap: fc.Arbitrary<Gap> = fc
  .constantFrom('access_denied', 'throttled', 'unreadable_item')
  .map((code) => ({ kind: 'gap', code, action: 'iam:GetRole', message: code }));

/** What a task sees: facts with gaps and checkpoints between them. */
const aTask = fc
  .record({
    facts: consistentFacts,
    gaps: fc.array(fc.record({ at: fc.nat(12), gap: aGap }), { maxLength: 1 }),
    checkpoints: fc.uniqueArray(fc.nat(12), { maxLength: 4 }),
  })
  .map(({ facts, gaps, checkpoints }): readonly Observation[] =>
    facts.flatMap((fact, index): Observation[] => [
      ...gaps.filter(({ at }) => at === index).map(({ gap }) => gap),
      fact,
      ...(checkpoints.includes(index) ? [{ kind: 'checkpoint' as const, cursor: `page-${index}` }] : []),
    ]),
  );

const aScript: fc.Arbitrary<Script> = fc.record({ one: aTask, two: aTask }).map(({ one, two }) => ({
  'aws_iam.one/global': { sees: one },
  'aws_iam.two/global': { sees: two },
}));

/** A step at which whoever takes it dies, once so many were taken; dead, they take no further one. */
function deadly() {
  let left = Number.POSITIVE_INFINITY;
  return {
    step: async (_operation: string) => {
      if (left <= 0) throw new Error('killed');
      left -= 1;
    },
    dieAfter: (steps = Number.POSITIVE_INFINITY) => {
      left = steps;
    },
  };
}

/** Two runs, one after the other, of which the workers of the second die after so many steps each, as long as there are numbers. */
async function twoRuns(scripts: readonly [Script, Script], part_size: number, deaths: readonly number[]) {
  const { step, dieAfter } = deadly();
  const hub = aHub({ script: scripts[0], step });
  let died = 0;

  /** Delivers until the cell is over, as queue and tick would: again after a death, when the lease of the dead is over. */
  const untilOver = async (run_id: string, size: number, pending: number[]): Promise<Cell> => {
    for (let delivery = 0; delivery < 60; delivery += 1) {
      const cell = hub.cells().find((it) => it.run_id === run_id);
      if (!cell) throw new Error('the cell is there');
      if (isTerminal(cell.status) && hub.run(run_id)?.status !== 'running') return cell;
      dieAfter(pending.shift());
      await hub.collect(cell, { part_size: size }).catch((error: unknown) => {
        if (!(error instanceof Error) || error.message !== 'killed') throw error;
        died += 1;
      });
      dieAfter();
      hub.clock.pass(61);
    }
    throw new Error('it was to end within sixty deliveries');
  };

  hub.put(aPlannedRun(), [aCell()]);
  await untilOver('run-1', Number.POSITIVE_INFINITY, []);
  hub.state.script = scripts[1];
  hub.put(aPlannedRun({ _id: 'run-2', seq: 2 }), [aCell({ run_id: 'run-2', run_seq: 2 })]);
  const cell = await untilOver('run-2', part_size, [...deaths]);
  await hub.moveOn();
  return { cell, run: hub.run('run-2'), beliefs: await beliefs(hub.inventory), moved: hub.moved, died };
}

const lasting = ({ status, coverage, errors, observed }: Cell) => ({ status, coverage, errors, observed });

describe('a cell whose workers are killed anywhere and delivered again', () => {
  it('ends in the same documents as one undisturbed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(aScript, aScript),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 2 }),
        async (scripts, part_size, deaths) => {
          const undisturbed = await twoRuns(scripts, part_size, []);
          const killed = await twoRuns(scripts, part_size, deaths);
          expect(killed.beliefs).toEqual(undisturbed.beliefs);
          expect(lasting(killed.cell)).toEqual(lasting(undisturbed.cell));
          expect(killed.run?.status).toBe(undisturbed.run?.status);
          // A stitch more does no harm, one less would.
          if (undisturbed.cell.wrote) expect(killed.cell.wrote).toBe(true);
          expect(new Set(killed.moved.map(({ id }) => id))).toEqual(new Set(undisturbed.moved.map(({ id }) => id)));
        },
      ),
      { numRuns: 120 },
    );
  });

  it('ends in the same documents in one part as in many', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(aScript, aScript), fc.integer({ min: 1, max: 4 }), async (scripts, part_size) => {
        const whole = await twoRuns(scripts, Number.POSITIVE_INFINITY, []);
        const parts = await twoRuns(scripts, part_size, []);
        expect(parts.beliefs).toEqual(whole.beliefs);
        expect(lasting(parts.cell)).toEqual(lasting(whole.cell));
      }),
      { numRuns: 80 },
    );
  });

  it('is really killed by these tests, at whatever step', async () => {
    const script: Script = { 'aws_iam.one/global': { sees: [] } };
    const deaths: number[] = [];
    for (let steps = 0; steps < 60; steps += 1) {
      const { cell, died } = await twoRuns([script, script], 1, [steps]);
      expect(cell.status).toBe('succeeded');
      deaths.push(died);
    }
    expect(deaths.indexOf(0)).toBeGreaterThan(20);
    expect(deaths.slice(deaths.indexOf(0))).not.toContain(1);
  });
});
