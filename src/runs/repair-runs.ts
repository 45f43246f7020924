import { AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY } from '../connectors/aws/categories.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { type IsoTime, isoTime, later, MINUTE, SECOND } from '../kernel/time.ts';
import { cellStopped } from './cancel-run.ts';
import type { Cell } from './cell.ts';
import type { CollectCellDeps } from './collect-cell.ts';
import { finishRun } from './finish-run.ts';
import { WRITE } from './lease.ts';
import type { PlanRunDeps } from './plan-run.ts';
import { isPlanning } from './planning.ts';
import type { ScanRun } from './run.ts';

export interface RepairRunsDeps extends Pick<PlanRunDeps, 'enqueueCells' | 'now'> {
  readonly runs: PlanRunDeps['runs'] & {
    readonly openSince: (before: IsoTime, limit: number) => Promise<readonly ScanRun[]>;
    readonly withOutbox: (limit: number) => Promise<readonly (Tenancy & { readonly _id: string })[]>;
    readonly follow: CollectCellDeps['runs']['follow'];
  };
  readonly cells: PlanRunDeps['cells'] & {
    /** Makes cells wait for a new message whose lease ends before a moment, or whose message was sent before a moment and never came. */
    readonly reopenStale: (
      tenant: Tenancy,
      run_id: string,
      lease_ends: IsoTime,
      sent_before: IsoTime,
    ) => Promise<number>;
    /** Counts a further message of waiting cells that count as not sent, so that the queue does not take it for an earlier one. */
    readonly countSend: (cells: readonly Cell[]) => Promise<readonly Cell[]>;
    /** Cancelled cells whose worker was at it and has not been heard of since a moment. */
    readonly abandoned: (before: IsoTime, limit: number) => Promise<readonly Cell[]>;
    readonly leave: CollectCellDeps['cells']['leave'];
  };
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
}

/** A message may be on its way for this long before it is missed: with a tick each minute, what was lost is found within two. */
const ON_ITS_WAY = 30 * SECOND;

/** A message that the queue took may wait behind others for this long: sooner, a long queue would fill itself with copies. */
const IN_QUEUE = 15 * MINUTE;

/** Looked after in one tick at most; what is left comes next. */
const MOST = 500;

/**
 * Goes over what is open and does again what was to follow and did not: documents are the truth, messages are hints. Every
 * step is harmless when nothing was missing.
 */
export async function repairRuns(deps: RepairRunsDeps): Promise<void> {
  const now = deps.now();
  const failures: unknown[] = [];
  const each = async (mend: () => Promise<void>): Promise<void> => {
    try {
      await mend();
    } catch (error) {
      // One run that cannot be mended must not keep the others from it.
      failures.push(error);
    }
  };
  for (const run of await deps.runs.openSince(isoTime(later(now, -ON_ITS_WAY)), MOST)) {
    await each(() => mendRun(deps, run, now));
  }
  for (const cell of await deps.cells.abandoned(isoTime(now), MOST)) await each(() => stopped(deps, cell));
  for (const run of await deps.runs.withOutbox(MOST)) await each(() => deps.runs.flushOutbox(run, run._id));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} runs could not be mended`);
}

async function mendRun(deps: RepairRunsDeps, run: ScanRun, now: Date): Promise<void> {
  if (run.cancel) {
    await finishRun(deps, run, run._id);
    return;
  }
  // A worker may not begin a write any more when its lease is about to end: it missed three beats, and need not be waited for.
  await deps.cells.reopenStale(run, run._id, isoTime(later(now, WRITE)), isoTime(later(now, -IN_QUEUE)));
  // A living planner sends by itself; like a worker's, its lease never has so little left.
  if (isPlanning(run, later(now, WRITE))) return;
  await sendAgain(deps, run);
  if (run.planned_at) await finishRun(deps, run, run._id);
  else if (await isToBePlanned(deps, run)) await deps.enqueuePlan(run);
}

/** Sends what was written and not sent, each under a number of its own: it may have been sent by somebody who died before noting it. */
async function sendAgain(deps: RepairRunsDeps, run: ScanRun): Promise<void> {
  for await (const unsent of deps.cells.unsent(run, run._id)) {
    const counted = await deps.cells.countSend(unsent);
    if (counted.length === 0) continue;
    const taken = await deps.enqueueCells(counted);
    await deps.cells.markSent(run, taken, isoTime(deps.now()));
  }
}

/** What was pushed plans itself when it is complete; everything else waits for nothing but its discovery and the regions of its accounts. */
async function isToBePlanned({ cells }: RepairRunsDeps, run: ScanRun): Promise<boolean> {
  if (run.trigger === 'push') return false;
  for (const category of [AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY]) {
    if (await cells.hasOpen(run, run._id, category)) return false;
  }
  return true;
}

/** The worker of a cancelled cell died before it could say that it had stopped: it is said in its place. */
async function stopped(deps: RepairRunsDeps, cell: Cell): Promise<void> {
  await deps.runs.follow(cell, cell.run_id, cellStopped(cell));
  await deps.cells.leave(cell);
}
