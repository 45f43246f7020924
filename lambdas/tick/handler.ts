import { type RepairRunsDeps, repairRuns } from '../../src/runs/repair-runs.ts';
import { type StartDueDeps, type StartedDue, startDue } from '../../src/runs/start-due.ts';
import { type SendOverdueDeps, sendOverdue } from '../../src/stitch/send-overdue.ts';

export interface TickDeps {
  readonly start: StartDueDeps;
  readonly repair: RepairRunsDeps;
  readonly stitch: SendOverdueDeps;
  /** Moves on what was left in outboxes: of every collection that has them. */
  readonly moveOn: () => Promise<void>;
  readonly report: (started: StartedDue) => void;
}

/** Every minute: starts what is due, then mends what was lost. */
export const tickHandler = (deps: TickDeps) => async (): Promise<void> => {
  const started = await startDue(deps.start);
  if (started.started.length + started.skipped.length > 0) deps.report(started);
  await repairRuns(deps.repair);
  await deps.moveOn();
  await sendOverdue(deps.stitch);
};
