import { setTimeout } from 'node:timers/promises';
import { SECOND } from '../../kernel/time.ts';

/** Where a pace gets its time from, in milliseconds. */
export interface Timing {
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
}

/** The real time. */
export const REAL_TIME: Timing = { now: () => Date.now(), wait: (milliseconds) => setTimeout(milliseconds) };

/**
 * Lets calls through no faster than AWS allows, evenly: `const turn = pace(2, timing); await turn(); await client.send(...)`.
 * For callers that go one after the other. The SDK's adaptive retry stays beside it, for others who call at the same time.
 */
export function pace(per_second: number, timing: Timing): () => Promise<void> {
  const interval = SECOND / per_second;
  let next = Number.NEGATIVE_INFINITY;
  return async () => {
    const due = next - timing.now();
    if (due > 0) await timing.wait(due);
    next = Math.max(next, timing.now()) + interval;
  };
}
