import { DAY, type IsoTime, isoTime, later } from '../kernel/time.ts';
import type { PushDeps } from './push-batch.ts';
import { closePush, hasEnded } from './push-complete.ts';
import type { ScanRun } from './run.ts';

export interface MendPushDeps extends Pick<PushDeps, 'runs' | 'cells' | 'batches' | 'enqueueCells' | 'now'> {
  /** Push runs that are not over and have no plan yet, oldest first. */
  readonly openPushRuns: (limit: number) => Promise<readonly ScanRun[]>;
}

/** Nothing has arrived for so long: nothing will. */
const ABANDONED = DAY;

/** Looked after in one tick at most. */
const MOST = 200;

/** Closes push runs whose end has come and was not followed up, and those that were abandoned. Returns the ids of the latter. */
export async function mendPushRuns(deps: MendPushDeps): Promise<readonly string[]> {
  const abandoned: string[] = [];
  const before = isoTime(later(deps.now(), -ABANDONED));
  for (const run of await deps.openPushRuns(MOST)) {
    if (run.cancel) continue;
    if (await hasEnded(deps, run)) await closePush(deps, run);
    else if ((await lastArrival(deps, run)) < before) {
      await closePush(deps, run);
      abandoned.push(run._id);
    }
  }
  return abandoned;
}

async function lastArrival(deps: Pick<PushDeps, 'batches'>, run: ScanRun): Promise<IsoTime> {
  let last = run.created_at;
  for await (const { begun_at, done_at } of deps.batches.ofRun(run, run._id)) {
    const at = done_at ?? begun_at;
    if (at > last) last = at;
  }
  return last;
}
