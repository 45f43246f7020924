import { AppError } from '../../src/kernel/failures.ts';

/** Of so many changes of one document at once each comes through. */
const ROUNDS = 8;

/**
 * Decides a change on the latest state of a document, again where somebody else has changed it meanwhile: `attempt` reads,
 * decides and writes, and returns undefined where what it read was no longer there. Of two changes at once the second is as
 * one that came later. Throws AppError `conflict` where others are always faster.
 */
export async function decidedOnLatest<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const done = await attempt();
    if (done !== undefined) return done;
  }
  throw new AppError('conflict', 'others change the same resource again and again');
}
