import { stitchComputation } from '../../src/stitch/compute.ts';
import type { StitchDeps } from '../../src/stitch/stitch.ts';

/** The pure part of a stitch without a thread. */
export const computedHere: StitchDeps['compute'] = (tenant_id) => {
  const computation = stitchComputation(tenant_id);
  return {
    add: async (inputs) => computation.add(inputs),
    finish: async () => computation.finish(),
    close: async () => undefined,
  };
};
