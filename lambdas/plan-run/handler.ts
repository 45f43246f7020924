import type { PlanMessage } from '../../src/runs/messages.ts';
import { type PlanRunDeps, planRun } from '../../src/runs/plan-run.ts';
import type { Work } from '../consumer.ts';

/** Seconds until a message comes again whose run somebody else is planning. */
const RETRY_BUSY = 15;

/** plan.fifo: plans what of a run can be planned now. */
export const planRunWork =
  (deps: PlanRunDeps): Work<PlanMessage> =>
  async (message) => {
    const outcome = await planRun(deps, message);
    return outcome === 'busy' ? { again_in: RETRY_BUSY } : 'done';
  };
