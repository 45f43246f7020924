import type { PushedEnd } from '../connectors/push/batch.ts';
import { addCounts, NO_CHANGES } from '../inventory/counts.ts';
import { hashOf } from '../kernel/canonical.ts';
import { AppError } from '../kernel/failures.ts';
import { isoTime } from '../kernel/time.ts';
import type { Cell } from './cell.ts';
import { finishRun } from './finish-run.ts';
import { whilePlanning } from './planning.ts';
import {
  applyBatch,
  atHeadOf,
  type BatchAnswer,
  batchId,
  END_SEQUENCE,
  type PushBatch,
  type PushDeps,
  type PushTarget,
  repetition,
} from './push-batch.ts';
import { pushCell } from './push-run.ts';
import type { ScanRun } from './run.ts';

/** Missing numbers that an answer names. */
const MOST_NAMED = 100;

/**
 * Completes a push run: applies what comes with the end, then writes the run's cell, of which a worker removes what was not
 * sent and closes the run. The same end again is harmless. Throws AppError `conflict` where batches are missing, or where
 * the run was completed with another body.
 */
export async function completePush(deps: PushDeps, target: PushTarget, body: PushedEnd): Promise<BatchAnswer> {
  const { run } = target;
  const content_hash = hashOf(body);
  const known = await repetition(deps, run, END_SEQUENCE, content_hash);
  if (known) {
    if (run.status === 'running' && !run.cancel) await closePush(deps, run);
    return known;
  }
  return atHeadOf(deps, run, async (lease) => {
    await assertWhole(deps, run, body.batches);
    const answer = await applyBatch(deps, target, END_SEQUENCE, body, content_hash, lease);
    await closePush(deps, run);
    return answer;
  });
}

/** Throws AppError `conflict` naming the batches that are missing, were not finished, or are more than were sent. */
async function assertWhole(deps: PushDeps, run: ScanRun, batches: number | undefined): Promise<void> {
  const done = new Set<number>();
  const unfinished: number[] = [];
  for await (const { sequence, done_at } of deps.batches.ofRun(run, run._id)) {
    if (sequence === END_SEQUENCE) continue;
    if (done_at) done.add(sequence);
    else unfinished.push(sequence);
  }
  const expected = batches ?? 0;
  const missing: number[] = [];
  for (let sequence = 0; sequence < expected && missing.length < MOST_NAMED; sequence += 1) {
    if (!done.has(sequence) && !unfinished.includes(sequence)) missing.push(sequence);
  }
  const lacking = [...missing, ...unfinished].sort((a, b) => a - b);
  if (lacking.length > 0) {
    throw new AppError('conflict', `batches: send ${lacking.slice(0, MOST_NAMED).join(', ')} (again) before the end`, {
      details: { field: 'batches', missing: lacking.slice(0, MOST_NAMED) },
    });
  }
  const beyond = batches === undefined ? [] : [...done].filter((sequence) => sequence >= batches);
  if (beyond.length > 0) {
    throw new AppError('conflict', `batches: ${batches} were sent by this word, but ${beyond[0]} has come as well`, {
      details: { field: 'batches' },
    });
  }
}

/** What closing needs of all that pushing needs. */
export type ClosePushDeps = Pick<PushDeps, 'runs' | 'cells' | 'batches' | 'enqueueCells' | 'newOwner' | 'now'>;

/**
 * Writes and sends the one cell of a run whose end has come, and lets the run be closed. Every step is harmless when it was
 * done before: also for the tick, where whoever was at it died.
 */
export async function closePush(deps: ClosePushDeps, run: ScanRun): Promise<void> {
  const cell = await cameTo(deps, run);
  await whilePlanning(deps, run, run._id, async ({ goOn }) => {
    await goOn();
    await deps.cells.addMissing([cell]);
    await deps.runs.markPlanned(run, run._id, isoTime(deps.now()));
  });
  // Where the run was cancelled meanwhile, it is closed by whoever planned it.
  await finishRun(deps, run, run._id);
  const present = await deps.cells.get(run, cell._id);
  if (present?.status !== 'waiting' || present.sent_at !== undefined) return;
  const sent = await deps.enqueueCells([present]);
  await deps.cells.markSent(run, sent, isoTime(deps.now()));
}

/** The cell of a run with the sums of its batches. */
async function cameTo(deps: Pick<PushDeps, 'batches'>, run: ScanRun): Promise<Cell> {
  let counts = NO_CHANGES;
  let wrote = false;
  let observed = 0;
  for await (const batch of deps.batches.ofRun(run, run._id)) {
    if (batch.result) {
      counts = addCounts(counts, batch.result.counts);
      observed += batch.result.accepted.nodes + batch.result.accepted.edges;
    }
    // A batch that was begun and not finished may have written.
    wrote ||= batch.result?.wrote ?? true;
  }
  return pushCell(run, { counts, wrote, observed });
}

/** Whether the end of a run has come, and what it held has been applied. */
export async function hasEnded(deps: Pick<PushDeps, 'batches'>, run: ScanRun): Promise<boolean> {
  const end: PushBatch | undefined = await deps.batches.get(run, batchId(run._id, END_SEQUENCE));
  return end?.done_at !== undefined;
}
