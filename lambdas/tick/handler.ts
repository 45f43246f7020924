import { type MendPushDeps, mendPushRuns } from '../../src/runs/push-tick.ts';
import { type RepairRunsDeps, repairRuns } from '../../src/runs/repair-runs.ts';
import { type StartDueDeps, type StartedDue, startDue } from '../../src/runs/start-due.ts';
import { type SendOverdueDeps, sendOverdue } from '../../src/stitch/send-overdue.ts';

export interface TickDeps {
  readonly start: StartDueDeps;
  readonly repair: RepairRunsDeps;
  readonly push: MendPushDeps;
  /** Does what must follow from changes of settings that nobody followed up. */
  readonly followSettings: () => Promise<void>;
  readonly stitch: SendOverdueDeps;
  /** Goes on with the end of what was deleted. */
  readonly endDeleted: () => Promise<void>;
  /** Moves on what was left in outboxes: of every collection that has them. */
  readonly moveOn: () => Promise<void>;
  readonly report: (started: StartedDue) => void;
}

/** Every minute: starts what is due, then mends what was lost. One of these that fails keeps the others from nothing. */
export const tickHandler = (deps: TickDeps) => async (): Promise<void> => {
  const failures: unknown[] = [];
  const steps = [
    () => start(deps),
    () => repairRuns(deps.repair),
    () => mendPushRuns(deps.push),
    deps.endDeleted,
    deps.moveOn,
    deps.followSettings,
    () => sendOverdue(deps.stitch),
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, `${failures.length} parts of the tick failed`);
  if (failures.length === 1) throw failures[0];
};

async function start(deps: TickDeps): Promise<void> {
  const due = await startDue(deps.start);
  if (due.started.length + due.skipped.length + due.silent.length > 0) deps.report(due);
}
