import { later, SECOND } from '../../src/kernel/time.ts';
import { type CollectCellDeps, collectCell } from '../../src/runs/collect-cell.ts';
import { LEASE } from '../../src/runs/lease.ts';
import type { CellMessage } from '../../src/runs/messages.ts';
import type { Work } from '../consumer.ts';

export interface CollectWorkDeps extends CollectCellDeps {
  readonly newOwner: () => string;
  /** Observations after which a cell goes on in a further part. */
  readonly part_size: number;
  /** The memory of the function, which is paid for by time. */
  readonly memory_mb: number;
}

/** Kept back of the function's time for the writes of the last group and the end of the part, in milliseconds. */
const RESERVE = 90 * SECOND;

/** Seconds until a message comes again whose cell somebody else holds. */
const RETRY_BUSY = 15;

/** cells.fifo: works on one part of one cell. The message is hidden for the length of a lease, so that a dead worker blocks its lane no longer. */
export const collectWork =
  (deps: CollectWorkDeps): Work<CellMessage> =>
  async (message, delivery) => {
    const hide = () => delivery.hide(LEASE / SECOND);
    await hide();
    const outcome = await collectCell(deps, message, {
      owner: deps.newOwner(),
      alive: hide,
      deadline: later(deps.now(), delivery.remaining() - RESERVE),
      part_size: deps.part_size,
      memory_mb: deps.memory_mb,
    });
    return outcome === 'busy' ? { again_in: RETRY_BUSY } : 'done';
  };
