import type { Tenancy } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime } from '../kernel/time.ts';
import { type Cell, isTerminal } from './cell.ts';
import { isPlanning } from './planning.ts';
import { isOver, type ScanRun } from './run.ts';
import { type RunOutcome, RunTally, runOutcome } from './run-outcome.ts';

export interface FinishRunDeps {
  readonly runs: {
    readonly get: (tenant: Tenancy, run_id: string) => Promise<ScanRun | undefined>;
    /**
     * Writes the outcome if the table of statuses lets the run get there: planned and not to be cancelled, or to be cancelled
     * and planned by nobody at that moment. Tells whether this call did it.
     */
    readonly finishOnce: (tenant: Tenancy, run_id: string, outcome: RunOutcome) => Promise<boolean>;
    /** Moves on what the run's outbox holds. */
    readonly flushOutbox: (tenant: Tenancy, run_id: string) => Promise<void>;
  };
  readonly cells: {
    /** Whether any cell of a run is open, of one category if one is given. */
    readonly hasOpen: (tenant: Tenancy, run_id: string, category?: string) => Promise<boolean>;
    /** Every cell of a run, one after the other. */
    readonly ofRun: (tenant: Tenancy, run_id: string) => AsyncIterable<Cell>;
    /** Cancels the cells that are open and returns how many; a worker keeps its name on its cell until it has stopped. */
    readonly cancelOpen: (tenant: Tenancy, run_id: string, at: IsoTime) => Promise<number>;
  };
  readonly now: Clock;
}

/**
 * Closes a run whose last cell has ended, or which is to be cancelled; anything else is left alone. Whoever ends a cell calls
 * it, so two last cells may call it at once: the compare-and-set in `finishOnce` lets one of them through. Returns the status
 * of the run, undefined while cells of it are open.
 */
export async function finishRun(
  deps: FinishRunDeps,
  tenant: Tenancy,
  run_id: string,
): Promise<ScanRun['status'] | undefined> {
  const run = await deps.runs.get(tenant, run_id);
  if (!run || isOver(run.status)) return run?.status;
  if (run.cancel) return finishCancelled(deps, run);
  // Read before its cells are: to a run that was planned then, nobody adds any.
  if (await deps.cells.hasOpen(tenant, run_id)) return undefined;
  return run.planned_at ? close(deps, run) : run.status;
}

/** Ends what is open of a run that is to end, and closes it; a planner that is still at it does so when it has stopped. */
async function finishCancelled(deps: FinishRunDeps, run: ScanRun): Promise<ScanRun['status']> {
  const planning = isPlanning(run, deps.now());
  // A cell may be given back by its worker while we go over them: go over them until none is left.
  while ((await deps.cells.cancelOpen(run, run._id, isoTime(deps.now()))) > 0);
  return planning ? run.status : close(deps, run);
}

async function close(deps: FinishRunDeps, run: ScanRun): Promise<ScanRun['status']> {
  const tally = new RunTally();
  for await (const cell of deps.cells.ofRun(run, run._id)) {
    if (!isTerminal(cell.status)) return run.status;
    tally.add(cell);
  }
  const outcome = runOutcome(run, tally, deps.now());
  const closed = await deps.runs.finishOnce(run, run._id, outcome);
  await deps.runs.flushOutbox(run, run._id);
  return closed ? outcome.status : ((await deps.runs.get(run, run._id))?.status ?? run.status);
}
