import { DAY, type IsoTime, isoTime, later } from '../kernel/time.ts';
import type { PushDeps } from './push-batch.ts';
import type { PushedRuns } from './push-close.ts';
import { type ClosePushDeps, closePush, hasEnded } from './push-complete.ts';
import type { ConnectorSync } from './push-report.ts';
import type { ScanRun } from './run.ts';

export interface MendPushDeps extends ClosePushDeps {
  /** Push runs that are not over and have no plan yet, oldest first. */
  readonly openPushRuns: (limit: number) => Promise<readonly ScanRun[]>;
  /** Syncs that do not say yet how their run came out. */
  readonly openSyncs: (limit: number) => Promise<readonly ConnectorSync[]>;
  readonly finishSync: PushedRuns['finishSync'];
}

/** Nothing has arrived for so long: nothing will. */
const ABANDONED = DAY;

/** Looked after in one tick at most. */
const MOST = 200;

/** Closes push runs whose end has come and was not followed up, and those that were abandoned; tells the syncs of cancelled ones. Returns the ids of the abandoned. */
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
  for (const sync of await deps.openSyncs(MOST)) await settle(deps, sync);
  return abandoned;
}

/** The run of a report that was cancelled is closed by no worker who would tell its sync. */
async function settle(deps: MendPushDeps, sync: ConnectorSync): Promise<void> {
  const run = await deps.runs.get(sync, sync.scan_run_id);
  if (run?.status !== 'cancelled') return;
  await deps.finishSync(run, { status: run.status, counts: sync.counts, errors: sync.errors });
}

async function lastArrival(deps: Pick<PushDeps, 'batches'>, run: ScanRun): Promise<IsoTime> {
  let last = run.created_at;
  for await (const { begun_at, done_at } of deps.batches.ofRun(run, run._id)) {
    const at = done_at ?? begun_at;
    if (at > last) last = at;
  }
  return last;
}
