import type { Tenancy } from '../kernel/ids.ts';
import type { Clock } from '../kernel/time.ts';
import { type Cell, isTerminal } from './cell.ts';
import { type RunOutcome, runOutcome, type ScanRun } from './run.ts';

export interface FinishRunDeps {
  readonly runs: {
    readonly get: (tenant: Tenancy, run_id: string) => Promise<ScanRun | undefined>;
    /** Writes the outcome if the run is still running and planned; tells whether this call did it. */
    readonly finishOnce: (tenant: Tenancy, run_id: string, outcome: RunOutcome) => Promise<boolean>;
    /** Moves on what the run's outbox holds. */
    readonly flushOutbox: (tenant: Tenancy, run_id: string) => Promise<void>;
  };
  readonly cells: {
    readonly countOpen: (tenant: Tenancy, run_id: string) => Promise<number>;
    readonly ofRun: (tenant: Tenancy, run_id: string) => Promise<readonly Cell[]>;
  };
  readonly now: Clock;
}

/**
 * Closes a run whose last cell has ended; anything else is left alone. Whoever ends a cell calls it, so two last cells may
 * call it at once: the compare-and-set in `finishOnce` lets one of them through.
 */
export async function finishRun(
  deps: FinishRunDeps,
  tenant: Tenancy,
  run_id: string,
): Promise<ScanRun['status'] | undefined> {
  if ((await deps.cells.countOpen(tenant, run_id)) > 0) return undefined;
  const run = await deps.runs.get(tenant, run_id);
  if (run?.status !== 'running' || !run.planned_at) return run?.status;
  const cells = await deps.cells.ofRun(tenant, run_id);
  if (!cells.every((cell) => isTerminal(cell.status))) return run.status;
  const outcome = runOutcome(run, cells, deps.now());
  await deps.runs.finishOnce(tenant, run_id, outcome);
  await deps.runs.flushOutbox(tenant, run_id);
  return outcome.status;
}
