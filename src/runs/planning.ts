import type { Tenancy } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime, later } from '../kernel/time.ts';
import { BEAT, leaseUntil } from './lease.ts';
import type { ScanRun } from './run.ts';

/** The right to add cells to a run: one planner at a time, and none once the run is to end. */
export interface PlanningLease {
  readonly owner: string;
  readonly until: IsoTime;
}

export interface PlanningDeps {
  readonly runs: {
    /** Takes the lease of a run that is open, wanted and planned by nobody else; undefined where it is not. */
    readonly takePlanning: (
      tenant: Tenancy,
      run_id: string,
      lease: PlanningLease,
      now: IsoTime,
    ) => Promise<ScanRun | undefined>;
    /** Extends the lease; false where it is no longer the owner's, or the run is no longer wanted. */
    readonly keepPlanning: (tenant: Tenancy, run_id: string, lease: PlanningLease) => Promise<boolean>;
    readonly leavePlanning: (tenant: Tenancy, run_id: string, owner: string) => Promise<void>;
  };
  /** A name for one attempt of one planner, which no other has. */
  readonly newOwner: () => string;
  readonly now: Clock;
}

/** What somebody who holds the planning lease of a run works with. */
export interface Planner {
  /** The run as it was when the lease was taken. */
  readonly run: ScanRun;
  /** To be called before each write of cells and each sending of messages: beats the lease, and throws PlanningLost where there must be no more. */
  readonly goOn: () => Promise<void>;
}

/** Somebody else plans the run now, or it is wanted no more: this planner adds nothing more to it. */
export class PlanningLost extends Error {
  override readonly name = 'PlanningLost';
}

/** Whether somebody may be adding cells to a run at this moment. */
export const isPlanning = (run: Pick<ScanRun, 'planning'>, now: Date): boolean =>
  run.planning !== undefined && run.planning.until >= isoTime(now);

/**
 * Works while nobody else adds cells to a run, and while the run is wanted: a cancelled run closes only when no planner is
 * left that could add a waiting cell to it. `busy` where the lease could not be had; `stopped` where it was lost on the way.
 */
export async function whilePlanning<T>(
  deps: PlanningDeps,
  tenant: Tenancy,
  run_id: string,
  work: (planner: Planner) => Promise<T>,
): Promise<T | 'busy' | 'stopped'> {
  const owner = deps.newOwner();
  let kept = deps.now();
  const lease = (): PlanningLease => ({ owner, until: leaseUntil(deps.now()) });
  const run = await deps.runs.takePlanning(tenant, run_id, lease(), isoTime(deps.now()));
  if (!run) return 'busy';
  const goOn = async (): Promise<void> => {
    const now = deps.now();
    if (now < later(kept, BEAT)) return;
    if (!(await deps.runs.keepPlanning(tenant, run_id, lease()))) throw new PlanningLost(`run ${run_id}`);
    kept = now;
  };
  // After any other failure a write may still be on its way: then the lease runs out by itself, and not before the write.
  const done = await work({ run, goOn }).catch((error: unknown) => {
    if (error instanceof PlanningLost) return 'stopped' as const;
    throw error;
  });
  await deps.runs.leavePlanning(tenant, run_id, owner);
  return done;
}
