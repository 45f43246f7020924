import type { ErrorCode } from '../kernel/failures.ts';
import type { Gap, NormalizedNode, Observation } from '../observations/observation.ts';
import type { Collector } from './collector.ts';
import type { CollectorTask, CoverageRow } from './connector.ts';
import { SourceFailure } from './source-failure.ts';

/** One task of one cell, ready to be looked at. */
export interface Look<Session> {
  readonly collector: Collector<Session>;
  readonly task: CollectorTask;
  readonly session: Session;
  /** From a checkpoint of an earlier part. */
  readonly cursor?: string | undefined;
  /** Why a failed listing is no failure (region off, service not in region); undefined where it is one. */
  readonly skipReason?: (failure: SourceFailure) => Promise<string | undefined>;
}

const REFUSALS: ReadonlySet<ErrorCode> = new Set(['access_denied', 'organization_access_denied']);

/** Whether a source says no to us by this code, as against not answering. */
export const isRefusal = (code: ErrorCode): boolean => REFUSALS.has(code);

/** Codes that mean the source itself is in trouble: the next item will fare no better. */
const SOURCE_TROUBLE: ReadonlySet<ErrorCode> = new Set([
  'throttled',
  'timeout',
  'source_unreachable',
  'credentials_invalid',
]);

/** Reads in trouble, with no sound item between, after which a task stops asking: each has already been retried by the SDK. */
const PATIENCE = 3;

/**
 * Runs a collector with the same manners for all: refusals and failures become gaps and the status of the returned row,
 * a bug throws. The row tells about this part only; a row is `complete` only if nothing at all was missed.
 */
export async function* runCollector<Session>(look: Look<Session>): AsyncGenerator<Observation, CoverageRow, undefined> {
  const { task } = look;
  const skipped = look.collector.skip?.(look.session);
  if (skipped !== undefined) return { ...task, status: 'skipped', reason: skipped };
  const gaps = new GapLog();
  try {
    for await (const observation of look.collector.collect(look.session, look.cursor)) {
      yield observation.kind === 'node' ? gaps.markFailed(observation) : observation;
      if (gaps.note(observation) >= PATIENCE) break;
    }
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    const reason = gaps.worst ? undefined : await look.skipReason?.(error);
    if (reason !== undefined) return { ...task, status: 'skipped', reason };
    yield error.gap;
    gaps.note(error.gap);
  }
  const { worst } = gaps;
  if (!worst) return { ...task, status: 'complete' };
  return { ...task, status: isRefusal(worst.code) ? 'denied' : 'failed', code: worst.code, reason: worst.message };
}

/** What was missed so far. A failure is worse than a refusal; among equals the first counts. */
class GapLog {
  worst: Gap | undefined;
  private trouble = 0;
  private sound = true;
  private readonly failed_apis = new Set<string>();

  /** The node with the calls that failed before it, so that what these had told earlier is kept. */
  markFailed(node: NormalizedNode): NormalizedNode {
    return this.failed_apis.size === 0
      ? node
      : { ...node, failed_apis: [...this.failed_apis, ...(node.failed_apis ?? [])] };
  }

  /** Takes note of an observation; returns how many reads the source was in trouble since the last sound item. */
  note(observation: Observation): number {
    if (observation.kind === 'gap') {
      this.failed_apis.add(observation.action);
      if (!this.worst || (isRefusal(this.worst.code) && !isRefusal(observation.code))) this.worst = observation;
      if (SOURCE_TROUBLE.has(observation.code)) {
        this.trouble += 1;
        this.sound = false;
      }
    } else if (observation.kind === 'node') {
      // An item comes after its gaps.
      if (this.sound) this.trouble = 0;
      this.sound = true;
    }
    return this.trouble;
  }
}
