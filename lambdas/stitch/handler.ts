import { StitchMessage } from '../../src/runs/messages.ts';
import { type StitchDeps, type StitchOutcome, stitch } from '../../src/stitch/stitch.ts';
import type { Work } from '../consumer.ts';

export interface StitchWorkDeps extends StitchDeps {
  readonly report: (message: StitchMessage, outcome: StitchOutcome) => void;
}

/** Seconds until a message comes again whose tenant somebody else stitches. */
const RETRY_BUSY = 15;

/** stitch.fifo: computes a tenant's correlations, identities and paths anew, unless a later message will. */
export const stitchWork =
  (deps: StitchWorkDeps): Work<StitchMessage> =>
  async (message) => {
    const outcome = await stitch(deps, message);
    deps.report(message, outcome);
    return outcome === 'busy' ? { again_in: RETRY_BUSY } : 'done';
  };

/**
 * Invoked without waiting, for a stitch that somebody wants now: the queue would delay it. What is lost here, or finds the
 * tenant's stitch under way, is due all the same: the tick sends it.
 */
export const stitchNow =
  (deps: StitchWorkDeps) =>
  async (event: unknown): Promise<void> => {
    const message = StitchMessage.parse(event);
    deps.report(message, await stitch({ ...deps, patience: 0 }, message));
  };
