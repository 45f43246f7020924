import { StitchMessage } from '../../src/runs/messages.ts';
import { type StitchDeps, type StitchOutcome, stitch } from '../../src/stitch/stitch.ts';
import { type MessageDeps, oneMessage } from '../queue-message.ts';

export interface StitchHandlerDeps extends StitchDeps, MessageDeps {
  readonly report: (message: StitchMessage, outcome: StitchOutcome) => void;
}

/** stitch.fifo: computes a tenant's paths anew, unless a later message will. */
export const stitchHandler = (deps: StitchHandlerDeps) =>
  oneMessage(deps, StitchMessage, async (message) => {
    const outcome = await stitch(deps, message);
    deps.report(message, outcome);
    return outcome === 'busy' ? 'again' : 'done';
  });
