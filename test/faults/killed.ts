import { expect } from 'vitest';
import type { WireWrite } from '../../tools/local/mongo-proxy/wire.ts';
import type { Held, HoldSide } from '../../tools/local/mongo-proxy.ts';
import type { FaultHub } from './hub.ts';

/** Seconds longer than a lease: whoever held something then is not believed alive any more. */
export const A_LEASE_LATER = 61;

/** A write into the inventory. */
export const isBelief = ({ collection }: WireWrite): boolean => collection === 'entities' || collection === 'edges';

/** The write that says how a run ended. */
export const isClose = ({ collection, body }: WireWrite): boolean =>
  collection === 'scan_runs' && JSON.stringify(body).includes('"finished_at"');

/** The write that ends a cell. */
export const isEndOfCell = ({ collection, body }: WireWrite): boolean =>
  collection === 'cells' && JSON.stringify(body).includes('"finished_at"');

/** The write that ends a part of a cell which goes on in a further one. */
export const isNextPart = ({ collection, body }: WireWrite): boolean =>
  collection === 'cells' && JSON.stringify(body).includes('"status":"waiting"');

/** The first write that is meant, unless the work ends before there is one. */
export async function met(held: Held, work: Promise<unknown>): Promise<WireWrite> {
  const reached = await Promise.race([held.reached, work.then(() => undefined)]);
  if (reached) return reached;
  throw new Error('the work came to its end before the write that was to be held');
}

/**
 * Lets a new collector, or planner, work until a write of its is held, and kills it there. What it held stays held, and its
 * message is back on the queue.
 */
export async function killedAt(
  hub: FaultHub,
  isMeant: (write: WireWrite) => boolean,
  side: HoldSide,
  duty: 'collect-aws' | 'plan-run' = 'collect-aws',
): Promise<WireWrite> {
  const victim = await hub.start(duty);
  const held = hub.hold(isMeant, side);
  const drained = hub.drain(duty === 'plan-run' ? { planner: victim } : { collector: victim });
  const write = await met(held, drained);
  await victim.kill();
  expect(victim.ended_by).toBe('SIGKILL');
  await drained;
  return write;
}
