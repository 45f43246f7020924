import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { AppError } from '../../src/kernel/failures.ts';
import type { Tenancy } from '../../src/kernel/ids.ts';
import { cancelRun } from '../../src/runs/cancel-run.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { isOver, OPEN_STATUSES, type ScanRun } from '../../src/runs/run.ts';
import type { StitchOutcome } from '../../src/stitch/stitch.ts';
import type { Screen } from '../terminal/screen.ts';
import type { AccountsProgress } from './accounts-progress.ts';
import type { GivenUp } from './fifo-queue.ts';
import { gathered } from './gathered.ts';
import { openPipeline, type Pipeline, type PipelineDeps } from './pipeline.ts';
import { begun, connected, type Wish } from './what-to-scan.ts';

/** A run that is over, with what followed from it. */
export interface Finished {
  readonly run: ScanRun;
  readonly cells: readonly Cell[];
  /** What became of the stitch; undefined where the run wrote nothing that one would follow. */
  readonly stitched?: StitchOutcome;
  /** Messages that were given up: with any of them the outcome is not to be trusted. */
  readonly given_up: readonly GivenUp[];
  /** From the request to the last path. */
  readonly seconds: number;
}

/** What a run is done with. */
export interface RunToEndDeps extends Omit<PipelineDeps, 'events'> {
  readonly progress: AccountsProgress;
  /** Where what happens on the way is told. */
  readonly aside: Screen;
  /** Given what ends the run before its time. */
  readonly cancellable: (cancel: () => void) => void;
}

/** Runs a scan through every stage, from the plan to the paths. */
export async function runToEnd(deps: RunToEndDeps, wish: Wish): Promise<Finished> {
  const { db, terms, progress, aside } = deps;
  const from = performance.now();
  const given_up: GivenUp[] = [];
  const failures = new Set<string>();
  let stitched: StitchOutcome | undefined;
  const pipeline = openPipeline({
    ...deps,
    events: {
      ...progress,
      stitched: (outcome) => {
        stitched = outcome;
      },
      given_up: (letter) => given_up.push(letter),
      failed: (error) => {
        const told = inspect(error);
        if (!failures.has(told)) aside.note(`some work failed and is tried again: ${told}`);
        failures.add(told);
      },
    },
  });
  try {
    const connection = await connected(db, terms, wish);
    await endEarlier(pipeline, wish, connection.instance._id, aside);
    const request = { id: randomUUID(), requested_by: wish.requested_by };
    const started = await begun(db, pipeline.runs, connection, request);
    deps.cancellable(() => void cancelled(pipeline, started, wish).catch((error) => aside.note(inspect(error))));
    await pipeline.enqueuePlan(started);
    const run = await untilOver(pipeline, started, wish);
    const cells = await gathered(pipeline.cells.ofRun(run, run._id));
    const seconds = (performance.now() - from) / 1_000;
    return { run, cells, given_up, seconds, ...(stitched && { stitched }) };
  } finally {
    progress.stop();
    await pipeline.close();
  }
}

/** Nobody works any more on what an earlier scan of the same left open: it was killed. */
async function endEarlier(pipeline: Pipeline, wish: Wish, instance_id: string, aside: Screen): Promise<void> {
  const { tenant_id, workspace_id } = wish.tenancy;
  const whose = { tenant_id, workspace_ids: [workspace_id] };
  for (const status of OPEN_STATUSES) {
    for (const run of await pipeline.runs.list(whose, 100, undefined, { instance_id, status })) {
      aside.note(`run #${run.seq} was left open by a scan before this one: it is ended`);
      await cancelled(pipeline, run, wish);
    }
  }
}

async function cancelled(pipeline: Pipeline, run: Tenancy & { readonly _id: string }, wish: Wish): Promise<void> {
  const deps = { ...pipeline, now: () => new Date() };
  try {
    await cancelRun(deps, run, { requested_by: wish.requested_by, request_id: run._id });
  } catch (error) {
    // It was over before: that is as good.
    if (!(error instanceof AppError && error.code === 'conflict')) throw error;
  }
}

async function untilOver(pipeline: Pipeline, started: ScanRun, wish: Wish): Promise<ScanRun> {
  await pipeline.idle();
  // What a failure of the database kept from following follows now.
  await pipeline.runs.flushOutbox(started, started._id);
  await pipeline.idle();
  const run = await found(pipeline, started);
  if (isOver(run.status)) return run;
  // Some message of it was given up.
  await cancelled(pipeline, run, wish);
  await pipeline.idle();
  return found(pipeline, started);
}

async function found(pipeline: Pipeline, { _id, ...tenant }: ScanRun): Promise<ScanRun> {
  const run = await pipeline.runs.get(tenant, _id);
  if (!run) throw new Error(`run ${_id} is gone`);
  return run;
}
