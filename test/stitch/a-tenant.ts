import type { CorrelationSettings } from '../../src/correlations/settings.ts';
import { type StitchDeps, type StitchOutcome, stitch } from '../../src/stitch/stitch.ts';
import type { StitchRun } from '../../src/stitch/stitch-run.ts';
import type { StitchTrigger } from '../../src/stitch/stitch-trigger.ts';
import { TENANT } from '../graph/estate.ts';
import { computedHere } from './here.ts';
import { mediaProInputs } from './inputs.ts';
import { memoryDue } from './memory-due.ts';
import { memoryStitched } from './memory-stores.ts';

export const START = new Date('2026-11-21T12:00:00.000Z');
export const SECOND = 1_000;

/** A tenant whose stitches are watched. `before`: told of each write, which it may stop. */
export function aTenant(before?: (write: string) => void) {
  const { due } = memoryDue();
  const kept = memoryStitched(before);
  const runs: StitchRun[] = [];
  let loads = 0;
  let ids = 0;
  const estate = { inputs: mediaProInputs(), settings: undefined as CorrelationSettings | undefined };
  const deps: StitchDeps = {
    due,
    settings: { get: async () => estate.settings },
    async *input() {
      loads += 1;
      yield* estate.inputs;
      for (const correlation of kept.correlations.values()) {
        if (correlation.status === 'active') yield { kind: 'correlation', correlation };
      }
    },
    compute: computedHere,
    stitched: kept.stores,
    stitch_runs: {
      ofGeneration: async (_tenant, generation) =>
        runs.findLast((run) => run.generation === generation && run.outcome === 'stitched'),
      async record(run) {
        runs.push(run);
      },
    },
    newId: () => {
      ids += 1;
      return `owner-${ids}`;
    },
    patience: 300 * SECOND,
    now: () => new Date(),
  };
  return {
    deps,
    estate,
    kept,
    stored: kept.paths,
    writes: kept.writes,
    runs,
    loads: () => loads,
    changed: (trigger: StitchTrigger = { kind: 'run_finished', by: 'run-1' }) =>
      due.raise(TENANT, new Date().toISOString(), new Date(Date.now() + 60 * SECOND).toISOString(), trigger),
    stitch: (generation: number, more: Partial<StitchDeps> = {}): Promise<StitchOutcome> =>
      stitch({ ...deps, ...more }, { tenant_id: TENANT, generation }),
    due: () => due.get(TENANT),
  };
}
