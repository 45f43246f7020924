import type { CellContext } from '../inventory/context.ts';
import type { Fence, HeadName, Holder } from '../inventory/fence.ts';
import { type Clock, type IsoTime, isoTime } from '../kernel/time.ts';
import type { Cell } from './cell.ts';
import { keepLease, type Lease, leaseUntil } from './lease.ts';

export interface AtHeadDeps {
  readonly fence: Fence;
  readonly now: Clock;
}

/** What came of asking for the head of a cell, and how to keep it and give it back. */
export interface Head {
  readonly outcome: 'taken' | 'superseded' | 'busy';
  readonly name: HeadName;
  readonly holder: Holder;
  readonly taken: Date;
  readonly until: IsoTime;
}

/** Asks for the head of a cell in the name of one worker. */
export async function takeHead({ fence, now }: AtHeadDeps, cell: Cell, owner: string): Promise<Head> {
  const name = { tenant_id: cell.tenant_id, instance_id: cell.instance_id, key: cell.key };
  const holder = { seq: cell.run_seq, owner };
  const taken = now();
  const until = leaseUntil(taken);
  const { outcome } = await fence.take(name, holder, isoTime(now()), until);
  return { outcome, name, holder, taken, until };
}

/** Gives a head back before its lease runs out. */
export const leaveHead = ({ fence, now }: AtHeadDeps, { name, holder }: Head): Promise<void> =>
  fence.release(name, holder, isoTime(now()));

/** Works while a head that was taken is kept, and gives it back. `renew` keeps whatever else the worker holds, and says whether it still does. */
export async function whileAtHead<T>(
  deps: AtHeadDeps,
  head: Head,
  renew: (until: IsoTime) => Promise<boolean>,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const keep = async (until: IsoTime): Promise<boolean> => {
    const [rest_is_ours, head_is_ours] = await Promise.all([
      renew(until),
      deps.fence.renew(head.name, head.holder, until),
    ]);
    return rest_is_ours && head_is_ours;
  };
  const lease = keepLease(deps.now, keep, head.taken);
  try {
    return await work(lease);
  } finally {
    await lease.stop();
    // Where it cannot be given back now, it runs out by itself.
    await leaveHead(deps, head).catch(() => undefined);
  }
}

/** What the inventory is told of a worker that is at the head of a cell. */
export const contextOf = (cell: Cell, lease: Lease, now: Date): CellContext => ({
  tenant_id: cell.tenant_id,
  workspace_id: cell.workspace_id,
  instance_id: cell.instance_id,
  run_id: cell.run_id,
  seq: cell.run_seq,
  cell_id: cell._id,
  cell: cell.key,
  part: cell.part,
  observed_at: isoTime(now),
  still_mine: lease.still_mine,
});
