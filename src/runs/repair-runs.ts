import type { Tenancy } from '../kernel/ids.ts';
import { type IsoTime, isoTime, later, MINUTE } from '../kernel/time.ts';
import { finishRun } from './finish-run.ts';
import { type PlanRunDeps, sendUnsent } from './plan-run.ts';
import type { ScanRun } from './run.ts';

export interface RepairRunsDeps extends Pick<PlanRunDeps, 'enqueueCells' | 'now'> {
  readonly runs: PlanRunDeps['runs'] & {
    readonly openSince: (before: IsoTime, limit: number) => Promise<readonly ScanRun[]>;
    readonly withOutbox: (limit: number) => Promise<readonly (Tenancy & { readonly _id: string })[]>;
  };
  readonly cells: PlanRunDeps['cells'] & {
    /** Makes cells wait for a new message whose worker is gone, or whose message was sent before a moment and never came. */
    readonly reopenStale: (tenant: Tenancy, run_id: string, now: IsoTime, sent_before: IsoTime) => Promise<number>;
  };
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
}

/** A message may be on its way for this long before it is missed. */
const ON_ITS_WAY = MINUTE;

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
  for (const run of await deps.runs.withOutbox(MOST)) await each(() => deps.runs.flushOutbox(run, run._id));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} runs could not be mended`);
}

async function mendRun(deps: RepairRunsDeps, run: ScanRun, now: Date): Promise<void> {
  await deps.cells.reopenStale(run, run._id, isoTime(now), isoTime(later(now, -IN_QUEUE)));
  await sendUnsent(deps, run, run._id);
  if (run.planned_at) await finishRun(deps, run, run._id);
  else if ((await deps.cells.countOpen(run, run._id)) === 0) await deps.enqueuePlan(run);
}
