import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepLease, LEASE, leaseUntil } from '../../src/runs/lease.ts';
import { OPERATION_TIMEOUT } from '../../src/store/database.ts';
import { at, START } from './builders.ts';

const SECOND = 1_000;
const now = () => new Date();

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a lease', () => {
  it('lasts a minute', () => {
    expect([LEASE, leaseUntil(START)]).toEqual([60 * SECOND, at(60)]);
  });

  it('is extended while the worker works', async () => {
    const renewed: string[] = [];
    const lease = keepLease(now, async (until) => {
      renewed.push(until);
      return true;
    });
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    expect(lease.still_mine()).toBe(true);
    expect(renewed.slice(0, 2)).toEqual([at(75), at(90)]);
    expect(renewed).toHaveLength(40);
    lease.stop();
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(renewed).toHaveLength(40);
  });

  it('is lost at once when somebody else has it, and stays lost', async () => {
    let mine = false;
    const lease = keepLease(now, async () => mine);
    await vi.advanceTimersByTimeAsync(14 * SECOND);
    expect(lease.still_mine()).toBe(true);
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(lease.still_mine()).toBe(false);
    mine = true;
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(lease.still_mine()).toBe(false);
    lease.stop();
  });

  it('outlasts a moment in which nobody answers', async () => {
    let away = true;
    const lease = keepLease(now, async () => {
      if (away) throw new Error('no server');
      return true;
    });
    await vi.advanceTimersByTimeAsync(39 * SECOND);
    expect(lease.still_mine()).toBe(true);
    away = false;
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(lease.still_mine()).toBe(true);
    lease.stop();
  });

  it('that nobody renews is given up early enough that no write outlives it', async () => {
    const lease = keepLease(now, () => Promise.reject(new Error('no server')));
    await vi.advanceTimersByTimeAsync(39 * SECOND);
    expect(lease.still_mine()).toBe(true);
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(lease.still_mine()).toBe(false);
    // A write that began just before is over, one way or the other, before somebody else may write.
    expect(39 * SECOND + OPERATION_TIMEOUT).toBeLessThan(LEASE);
    lease.stop();
  });

  it('whose renewal hangs is given up as well', async () => {
    const lease = keepLease(now, () => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(40 * SECOND);
    expect(lease.still_mine()).toBe(false);
    lease.stop();
  });

  it('begins when it was taken, not when somebody began to keep it', async () => {
    const lease = keepLease(now, () => Promise.reject(new Error('no server')), new Date(START.getTime() - 30 * SECOND));
    await vi.advanceTimersByTimeAsync(9 * SECOND);
    expect(lease.still_mine()).toBe(true);
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(lease.still_mine()).toBe(false);
    lease.stop();
  });
});
