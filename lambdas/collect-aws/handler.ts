import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { later, SECOND } from '../../src/kernel/time.ts';
import { type CollectCellDeps, collectCell } from '../../src/runs/collect-cell.ts';
import { LEASE } from '../../src/runs/lease.ts';
import { CellMessage } from '../../src/runs/messages.ts';
import { type MessageDeps, oneMessage } from '../queue-message.ts';

export interface CollectHandlerDeps extends CollectCellDeps, MessageDeps {
  /** Hides the message from others for so many seconds from now. */
  readonly hide: (record: SQSRecord, seconds: number) => Promise<void>;
  readonly newOwner: () => string;
  /** Observations after which a cell goes on in a further part. */
  readonly part_size: number;
}

/** Kept back of the function's time for the writes of the last group and the end of the part, in milliseconds. */
const RESERVE = 90 * SECOND;

/** Seconds until a message comes again whose cell somebody else holds. */
const RETRY_BUSY = 15;

/** cells.fifo: works on one part of one cell. The message is hidden for the length of a lease, so that a dead worker blocks its lane no longer. */
export const collectAwsHandler =
  (deps: CollectHandlerDeps) =>
  (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse> =>
    oneMessage(deps, CellMessage, async (message, record) => {
      const hide = () => deps.hide(record, LEASE / SECOND);
      await hide();
      const outcome = await collectCell(deps, message, {
        owner: deps.newOwner(),
        alive: hide,
        deadline: later(deps.now(), context.getRemainingTimeInMillis() - RESERVE),
        part_size: deps.part_size,
      });
      if (outcome !== 'busy') return 'done';
      await deps.hide(record, RETRY_BUSY);
      return 'again';
    })(event);
