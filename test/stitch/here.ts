import { type ComputationOptions, stitchComputation } from '../../src/stitch/compute.ts';
import { phaseTimes } from '../../src/stitch/phase-times.ts';
import type { StitchDeps } from '../../src/stitch/stitch.ts';

/** The pure part of a stitch without a thread, made otherwise than the stitch says. */
export const computedWith =
  (more: Partial<ComputationOptions>): StitchDeps['compute'] =>
  (tenant_id, options) => {
    const times = phaseTimes(() => Date.now());
    const computation = stitchComputation(tenant_id, { ...options, ...more, phase: times.phase });
    return {
      add: async (inputs) => computation.add(inputs),
      finish: async () => ({ computed: computation.finish(), durations_ms: times.durations_ms() }),
      differences: async (asked) => computation.differences(asked),
      close: async () => undefined,
    };
  };

/** The pure part of a stitch without a thread. */
export const computedHere: StitchDeps['compute'] = computedWith({});
