import { type Clock, type IsoTime, isoTime, later, SECOND } from '../kernel/time.ts';

/** How long a worker that says nothing is believed alive. */
export const LEASE = 60 * SECOND;

/** How often a worker says that it is alive: several beats may be lost before the lease is. */
export const BEAT = 15 * SECOND;

/** A write begun now may take this long; it must be over before the lease is. Not less than the database's timeout. */
export const WRITE = 20 * SECOND;

export interface Lease {
  /** Whether a write that begins now ends while what we hold is still ours. */
  readonly still_mine: () => boolean;
  /** Ends the beat; a renewal that is under way has ended when it returns, so that none comes after what is given back. */
  readonly stop: () => Promise<void>;
}

export const leaseUntil = (now: Date): IsoTime => isoTime(later(now, LEASE));

/**
 * Keeps a lease alive while a worker works, taken at the moment `taken`. `renew` extends it to the given moment and says
 * whether it is still ours; when it says no, or fails until time runs out, the worker no longer owns anything.
 */
export function keepLease(clock: Clock, renew: (until: IsoTime) => Promise<boolean>, taken: Date = clock()): Lease {
  let until = later(taken, LEASE);
  let lost = false;
  let beating: Promise<void> = Promise.resolve();
  const beat = async (): Promise<void> => {
    const next = later(clock(), LEASE);
    try {
      if (await renew(isoTime(next))) until = next;
      else lost = true;
    } catch {
      // The source of truth did not answer: the lease runs on until its end, and the next beat tries again.
    }
  };
  const timer = setInterval(() => {
    beating = beat();
  }, BEAT);
  return {
    still_mine: () => !lost && later(clock(), WRITE) < until,
    stop: async () => {
      clearInterval(timer);
      await beating;
    },
  };
}
