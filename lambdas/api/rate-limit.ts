import { setTimeout as wait } from 'node:timers/promises';
import type { TenantId } from '../../src/kernel/ids.ts';
import { type Clock, MINUTE, SECOND } from '../../src/kernel/time.ts';
import type { RateWindowStore } from '../../src/store/rate-windows.ts';

export interface RateLimitDeps {
  readonly windows: Pick<RateWindowStore, 'admit'>;
  readonly requests_per_minute: number;
  /** Longest that a request waits to be counted, in milliseconds. @default 500 */
  readonly patience?: number | undefined;
  readonly now: Clock;
  /** Told of a request that could not be counted. */
  readonly uncounted: (error: unknown) => void;
}

/**
 * Counts each request of a tenant in the present minute; gives the seconds until the next one where there were too many.
 * Windows are fixed: over the edge of two of them a tenant may send twice as many within a minute.
 *
 * A request that cannot be counted goes on. The limit keeps a script that ran wild from slowing down other tenants; it
 * protects no data, and a hub that refuses everybody because it cannot count would do itself what the limit is against.
 */
export const rateLimit =
  ({ windows, requests_per_minute, patience = 500, now, uncounted }: RateLimitDeps) =>
  async (tenant_id: TenantId): Promise<number | undefined> => {
    const time = now().getTime();
    const window = new Date(time - (time % MINUTE));
    try {
      if (await inTime(windows.admit(tenant_id, window, requests_per_minute), patience)) return undefined;
    } catch (error) {
      uncounted(error);
      return undefined;
    }
    return Math.max(1, Math.ceil((window.getTime() + MINUTE - time) / SECOND));
  };

/** What was promised, or an error where it takes too long: the driver would wait for 15 s. */
async function inTime<T>(promised: Promise<T>, patience: number): Promise<T> {
  const over = new AbortController();
  const tooLate = wait(patience, undefined, { signal: over.signal }).then(() => {
    throw new Error(`not counted within ${patience} ms`);
  });
  try {
    return await Promise.race([promised, tooLate]);
  } finally {
    tooLate.catch(() => undefined);
    over.abort();
  }
}
