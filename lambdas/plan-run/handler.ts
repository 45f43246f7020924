import type { PlanMessage } from '../../src/runs/messages.ts';
import { type PlanRunDeps, planRun } from '../../src/runs/plan-run.ts';
import type { Work } from '../consumer.ts';

/** plan.fifo: plans what of a run can be planned now. */
export const planRunWork =
  (deps: PlanRunDeps): Work<PlanMessage> =>
  async (message) => {
    await planRun(deps, message);
    return 'done';
  };
