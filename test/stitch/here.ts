import { stitchComputation } from '../../src/stitch/compute.ts';
import { phaseTimes } from '../../src/stitch/phase-times.ts';
import type { StitchDeps } from '../../src/stitch/stitch.ts';

/** The pure part of a stitch without a thread. */
export const computedHere: StitchDeps['compute'] = (tenant_id, options) => {
  const times = phaseTimes(() => Date.now());
  const computation = stitchComputation(tenant_id, { ...options, phase: times.phase });
  return {
    add: async (inputs) => computation.add(inputs),
    finish: async () => ({ computed: computation.finish(), durations_ms: times.durations_ms() }),
    differences: async (asked) => computation.differences(asked),
    close: async () => undefined,
  };
};
