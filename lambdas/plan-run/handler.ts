import { PlanMessage } from '../../src/runs/messages.ts';
import { type PlanRunDeps, planRun } from '../../src/runs/plan-run.ts';
import { type MessageDeps, oneMessage } from '../queue-message.ts';

/** plan.fifo: plans what of a run can be planned now. */
export const planRunHandler = (deps: PlanRunDeps & MessageDeps) =>
  oneMessage(deps, PlanMessage, async (message) => {
    await planRun(deps, message);
    return 'done';
  });
