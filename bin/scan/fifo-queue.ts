import type { Delivery, MessageOutcome, Work } from '../../lambdas/consumer.ts';
import type { Letter } from '../../lambdas/queues.ts';
import { AppError } from '../../src/kernel/failures.ts';
import { MINUTE, SECOND } from '../../src/kernel/time.ts';

/** A message that was given up. */
export interface GivenUp {
  readonly queue: string;
  readonly message: unknown;
  readonly reason: string;
}

/** How a queue in this process is to be. */
export interface FifoQueueOptions<T> {
  readonly name: string;
  /** What is done with each message: what the function behind the queue does in the cloud. */
  readonly work: Work<T>;
  /** Messages worked on at once, over all groups. */
  readonly at_once: number;
  /** Told of each message that was given up: it is no longer in the queue. */
  readonly given_up: (letter: GivenUp) => void;
  /** Told when work on a message threw, which comes again. */
  readonly failed: (message: T, error: unknown) => void;
  /** Milliseconds for which a message that was taken is hidden, unless its work hides it for longer. @default 15 minutes */
  readonly visibility?: number;
  /** Milliseconds until a message comes again whose work threw. @default 5 seconds */
  readonly retry?: number;
  /** Times that a message is taken at most. @default 100, as in the hub */
  readonly most_receives?: number;
  /** Milliseconds that one delivery is given. @default 15 minutes, as a function has */
  readonly longest_work?: number;
}

/** A message in the queue. The first of its group is the one that may be taken. */
interface Held<T> {
  readonly letter: Letter<T>;
  readonly id: string;
  /** Times that it was taken: tells a later delivery from an earlier one that still goes on. */
  receives: number;
  hidden?: NodeJS.Timeout;
}

/**
 * A FIFO queue inside this process, in the place of SQS: messages of one group one after the other, some groups at once; a
 * message is hidden while it is worked on and comes again when that fails or takes too long; one that is not ours, or was
 * taken too often, is given up; one that was sent twice under one id is taken once.
 */
export class FifoQueue<T> {
  readonly #options: FifoQueueOptions<T>;
  readonly #groups = new Map<string, Held<T>[]>();
  /** Groups whose first message may be taken, in the order in which they became so. */
  readonly #ready = new Set<string>();
  readonly #known = new Set<string>();
  #flying = 0;
  #sent = 0;
  #is_closed = false;
  #waiting: (() => void)[] = [];

  constructor(options: FifoQueueOptions<T>) {
    this.#options = options;
  }

  send(letter: Letter<T>): void {
    if (this.#is_closed || this.#known.has(letter.deduplication_id)) return;
    this.#known.add(letter.deduplication_id);
    this.#sent += 1;
    const held: Held<T> = { letter, id: `${this.#options.name}-${this.#sent}`, receives: 0 };
    const group = this.#groups.get(letter.group);
    if (group) {
      group.push(held);
      return;
    }
    this.#groups.set(letter.group, [held]);
    this.#offer(letter.group);
  }

  /** Whether nothing waits, is hidden or is worked on. */
  get is_idle(): boolean {
    return this.#flying === 0 && (this.#is_closed || this.#groups.size === 0);
  }

  /** Resolves when nothing is left. */
  async idle(): Promise<void> {
    while (!this.is_idle) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Takes and gives out nothing more; resolves when what is worked on has ended. */
  async close(): Promise<void> {
    this.#is_closed = true;
    for (const [held] of this.#groups.values()) clearTimeout(held?.hidden);
    this.#groups.clear();
    this.#ready.clear();
    this.#known.clear();
    await this.idle();
  }

  #offer(group: string): void {
    this.#ready.add(group);
    this.#deliverMore();
  }

  #deliverMore(): void {
    for (const group of this.#ready) {
      if (this.#is_closed || this.#flying >= this.#options.at_once) return;
      this.#ready.delete(group);
      const held = this.#groups.get(group)?.[0];
      if (held) void this.#deliver(held);
    }
  }

  async #deliver(held: Held<T>): Promise<void> {
    const { most_receives = 100, visibility = 15 * MINUTE, retry = 5 * SECOND } = this.#options;
    if (held.receives >= most_receives) {
      this.#giveUp(held, `it was taken ${held.receives} times`);
      return;
    }
    held.receives += 1;
    const receive = held.receives;
    this.#flying += 1;
    this.#hide(held, receive, visibility);
    try {
      const outcome = await this.#worked(held, receive);
      if (outcome === 'done') this.#remove(held);
      else this.#hide(held, receive, outcome.again_in * SECOND);
    } catch (error) {
      if (error instanceof AppError && error.code === 'foreign_message') {
        this.#giveUp(held, error.message);
      } else {
        this.#options.failed(held.letter.message, error);
        this.#hide(held, receive, retry);
      }
    } finally {
      this.#flying -= 1;
      this.#deliverMore();
      if (this.is_idle) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  #worked(held: Held<T>, receive: number): Promise<MessageOutcome> {
    const ends = Date.now() + (this.#options.longest_work ?? 15 * MINUTE);
    const delivery: Delivery = {
      message_id: held.id,
      hide: async (seconds) => this.#hide(held, receive, seconds * SECOND),
      remaining: () => ends - Date.now(),
    };
    return this.#options.work(held.letter.message, delivery);
  }

  /** Hides a message from now on, for whoever took it last: the word of an earlier one counts no more. */
  #hide(held: Held<T>, receive: number, milliseconds: number): void {
    const { group } = held.letter;
    if (held.receives !== receive || this.#groups.get(group)?.[0] !== held) return;
    clearTimeout(held.hidden);
    held.hidden = setTimeout(() => this.#offer(group), milliseconds);
  }

  #giveUp(held: Held<T>, reason: string): void {
    this.#remove(held);
    this.#options.given_up({ queue: this.#options.name, message: held.letter.message, reason });
  }

  /** Takes the first message of a group away; the next one of the group may be taken then. */
  #remove(held: Held<T>): void {
    const { group } = held.letter;
    const messages = this.#groups.get(group);
    if (messages?.[0] !== held) return;
    clearTimeout(held.hidden);
    this.#ready.delete(group);
    messages.shift();
    if (messages.length === 0) this.#groups.delete(group);
    else this.#offer(group);
    if (this.is_idle) for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
