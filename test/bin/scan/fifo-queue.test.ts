import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FifoQueue, type FifoQueueOptions, type GivenUp } from '../../../bin/scan/fifo-queue.ts';
import type { Work } from '../../../lambdas/consumer.ts';
import { AppError } from '../../../src/kernel/failures.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A queue whose work the test ends by hand. */
function aQueue(options: Partial<FifoQueueOptions<string>> = {}) {
  const taken: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<'done' | { again_in: number }>>();
  const given_up: GivenUp[] = [];
  const failed: unknown[] = [];
  const deliveries: Parameters<Work<string>>[1][] = [];
  const queue = new FifoQueue<string>({
    name: 'q',
    at_once: 2,
    given_up: (letter) => given_up.push(letter),
    failed: (_, error) => failed.push(error),
    work: (message, delivery) => {
      taken.push(message);
      deliveries.push(delivery);
      const end = Promise.withResolvers<'done' | { again_in: number }>();
      ends.set(message, end);
      return end.promise;
    },
    ...options,
  });
  const send = (message: string, group = 'g', deduplication_id = message) =>
    queue.send({ message, group, deduplication_id });
  const settle = async (message: string, outcome: 'done' | { again_in: number } | Error = 'done') => {
    if (outcome instanceof Error) ends.get(message)?.reject(outcome);
    else ends.get(message)?.resolve(outcome);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { queue, taken, given_up, failed, deliveries, send, settle };
}

describe('a FIFO queue in this process', () => {
  it('gives out messages of one group one after the other, in their order', async () => {
    const { taken, send, settle } = aQueue();
    for (const message of ['a', 'b', 'c']) send(message);
    expect(taken).toEqual(['a']);
    await settle('a');
    expect(taken).toEqual(['a', 'b']);
    await settle('b');
    expect(taken).toEqual(['a', 'b', 'c']);
  });

  it('gives out messages of several groups at once, and no more than it may', async () => {
    const { taken, send, settle } = aQueue();
    for (const message of ['a', 'b', 'c']) send(message, `of ${message}`);
    expect(taken).toEqual(['a', 'b']);
    await settle('b');
    expect(taken).toEqual(['a', 'b', 'c']);
  });

  it('takes a message that is sent twice under one id once, also when the first is gone', async () => {
    const { queue, taken, send, settle } = aQueue();
    send('a');
    send('a');
    await settle('a');
    send('a');
    expect(taken).toEqual(['a']);
    expect(queue.is_idle).toBe(true);
  });

  it('hides what is to come again, and its group with it', async () => {
    const { taken, send, settle } = aQueue();
    send('a');
    send('b');
    await settle('a', { again_in: 15 });
    await vi.advanceTimersByTimeAsync(14_999);
    expect(taken).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(taken).toEqual(['a', 'a']);
    await settle('a');
    expect(taken).toEqual(['a', 'a', 'b']);
  });

  it('tells of work that throws, and gives it out again', async () => {
    const { taken, failed, send, settle } = aQueue({ retry: 1_000 });
    const broken = new Error('the database is away');
    send('a');
    await settle('a', broken);
    expect(failed).toEqual([broken]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(taken).toEqual(['a', 'a']);
  });

  it('gives out again what is worked on for too long, unless its work hides it', async () => {
    const { taken, deliveries, send, settle } = aQueue({ visibility: 1_000 });
    send('a');
    await deliveries[0]?.hide(5);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(taken).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(taken).toEqual(['a', 'a']);
    // Whoever had it first has nothing to say about it any more.
    await deliveries[0]?.hide(60);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(taken).toEqual(['a', 'a']);
    await settle('a');
  });

  it('gives up what is not ours at once, with the reason, and goes on', async () => {
    const { taken, given_up, send, settle } = aQueue();
    send('a');
    send('b');
    await settle('a', new AppError('foreign_message', 'run 1 is not of tenant t'));
    expect(given_up).toEqual([{ queue: 'q', message: 'a', reason: 'run 1 is not of tenant t' }]);
    expect(taken).toEqual(['a', 'b']);
  });

  it('gives up what was taken too often', async () => {
    const { queue, given_up, send, settle } = aQueue({ most_receives: 2, retry: 1 });
    send('a');
    await settle('a', new Error('1'));
    await vi.advanceTimersByTimeAsync(1);
    await settle('a', new Error('2'));
    await vi.advanceTimersByTimeAsync(1);
    expect(given_up).toEqual([{ queue: 'q', message: 'a', reason: 'it was taken 2 times' }]);
    await queue.idle();
  });

  it('is idle when nothing waits, is hidden or is worked on', async () => {
    const { queue, send, settle } = aQueue();
    let idle = false;
    await queue.idle();
    send('a');
    void queue.idle().then(() => {
      idle = true;
    });
    await settle('a', { again_in: 1 });
    expect(idle).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(idle).toBe(false);
    await settle('a');
    expect(idle).toBe(true);
  });

  it('closed, gives out nothing more and waits for what is worked on', async () => {
    const { queue, taken, send, settle } = aQueue();
    send('a');
    send('b');
    let closed = false;
    void queue.close().then(() => {
      closed = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(closed).toBe(false);
    await settle('a');
    expect(closed).toBe(true);
    send('c');
    expect(taken).toEqual(['a']);
  });
});
