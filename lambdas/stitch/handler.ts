import type { StitchMessage } from '../../src/runs/messages.ts';
import { type StitchDeps, type StitchOutcome, stitch } from '../../src/stitch/stitch.ts';
import type { Work } from '../consumer.ts';

export interface StitchWorkDeps extends StitchDeps {
  readonly report: (message: StitchMessage, outcome: StitchOutcome) => void;
}

/** Seconds until a message comes again whose tenant somebody else stitches. */
const RETRY_BUSY = 15;

/** stitch.fifo: computes a tenant's paths anew, unless a later message will. */
export const stitchWork =
  (deps: StitchWorkDeps): Work<StitchMessage> =>
  async (message) => {
    const outcome = await stitch(deps, message);
    deps.report(message, outcome);
    return outcome === 'busy' ? { again_in: RETRY_BUSY } : 'done';
  };
