import { type StitchDeps, type StitchOutcome, stitch } from '../../src/stitch/stitch.ts';
import type { StitchRun } from '../../src/stitch/stitch-run.ts';
import type { StitchedPath } from '../../src/stitch/stitched-path.ts';
import { TENANT } from '../graph/estate.ts';
import { computedHere } from './here.ts';
import { mediaProInputs } from './inputs.ts';
import { memoryDue } from './memory-due.ts';

export const START = new Date('2026-11-21T12:00:00.000Z');
export const SECOND = 1_000;

/** A tenant whose stitches are watched. */
export function aTenant() {
  const { due } = memoryDue();
  const stored = new Map<string, StitchedPath>();
  const writes: string[] = [];
  const runs: StitchRun[] = [];
  let loads = 0;
  let ids = 0;
  const estate = { inputs: mediaProInputs() };
  const deps: StitchDeps = {
    due,
    async *input() {
      loads += 1;
      yield* estate.inputs;
    },
    compute: computedHere,
    paths: {
      hashes: async () => new Map([...stored].map(([id, { content_hash }]) => [id, content_hash])),
      async put(_tenant, paths) {
        for (const path of paths) stored.set(path._id, path);
        writes.push(`put ${paths.length}`);
      },
      async remove(_tenant, gone) {
        for (const id of gone) stored.delete(id);
        writes.push(`remove ${gone.length}`);
      },
    },
    stitch_runs: {
      async record(run) {
        runs.push(run);
      },
    },
    newId: () => {
      ids += 1;
      return `stitch-${ids}`;
    },
    patience: 300 * SECOND,
    now: () => new Date(),
  };
  return {
    deps,
    estate,
    stored,
    writes,
    runs,
    loads: () => loads,
    changed: () => due.raise(TENANT, new Date().toISOString(), new Date(Date.now() + 60 * SECOND).toISOString()),
    stitch: (generation: number, more: Partial<StitchDeps> = {}): Promise<StitchOutcome> =>
      stitch({ ...deps, ...more }, { tenant_id: TENANT, generation }),
    due: () => due.get(TENANT),
  };
}
