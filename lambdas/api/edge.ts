import type { Clock } from '../../src/kernel/time.ts';

/** What enters the domain at its edge: time, and ids that nobody can guess. */
export interface Edge {
  readonly now: Clock;
  readonly newId: () => string;
}
