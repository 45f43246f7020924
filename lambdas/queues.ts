import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Cell, deduplicationId, messageGroup } from '../src/runs/cell.ts';
import type { CellMessage, PlanMessage, StitchMessage } from '../src/runs/messages.ts';
import { planMessage, type ScanRun } from '../src/runs/run.ts';
import type { ScanRunStore } from '../src/store/scan-runs.ts';

/** A message on its way into a FIFO queue, whichever that is. */
export interface Letter<T> {
  readonly message: T;
  /** Messages of one group are worked on one after the other. */
  readonly group: string;
  /** A queue takes a message under this id once. */
  readonly deduplication_id: string;
}

/** A plan message: one group a run, so that one planner at a time is at it. */
export const planLetter = (run: ScanRun): Letter<PlanMessage> => ({
  message: planMessage(run),
  group: `${run.tenant_id}/${run._id}`,
  deduplication_id: `${run._id}#${run.plan_send_no}`,
});

/** A cell message: one group for each lane of an account. */
export const cellLetter = (cell: Cell): Letter<CellMessage> => ({
  message: {
    tenant_id: cell.tenant_id,
    workspace_id: cell.workspace_id,
    run_id: cell.run_id,
    cell_id: cell._id,
    part: cell.part,
    send_no: cell.send_no,
  },
  group: messageGroup(cell),
  deduplication_id: deduplicationId(cell),
});

/** A stitch message: one group a tenant, so that one stitch of a tenant at a time is in flight. `resend` keeps a message that is sent again from being taken for the first. */
export const stitchLetter = (message: StitchMessage, resend?: string): Letter<StitchMessage> => ({
  message,
  group: message.tenant_id,
  deduplication_id: [message.tenant_id, message.generation, resend].join('#'),
});

/** A letter as SQS takes it. */
const inSqs = <T>({ message, group, deduplication_id }: Letter<T>) => ({
  MessageBody: JSON.stringify(message),
  MessageGroupId: group,
  MessageDeduplicationId: deduplication_id,
});

/** Sends plan messages. */
export const planQueue =
  (sqs: SQSClient, url: string) =>
  async (run: ScanRun): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl: url, ...inSqs(planLetter(run)) }));
  };

/** Sends a further plan message of a run, counted first, so that the queue does not take it for the last one. */
export const planAgain =
  (runs: Pick<ScanRunStore, 'countPlanSend'>, send: (run: ScanRun) => Promise<void>) =>
  async (run: ScanRun): Promise<void> => {
    const counted = await runs.countPlanSend(run, run._id);
    if (counted) await send(counted);
  };

/** Sends cell messages, at most ten in one call, and returns the ids of the cells that the queue took. */
export const cellQueue =
  (sqs: SQSClient, url: string) =>
  async (cells: readonly Cell[]): Promise<readonly string[]> => {
    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: cells.map((cell, index) => ({ Id: String(index), ...inSqs(cellLetter(cell)) })),
      }),
    );
    const taken = new Set((sent.Successful ?? []).map((entry) => entry.Id));
    return cells.filter((_, index) => taken.has(String(index))).map((cell) => cell._id);
  };

/** Sends stitch messages. The queue delays them. */
export const stitchQueue =
  (sqs: SQSClient, url: string) =>
  async (message: StitchMessage, resend?: string): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl: url, ...inSqs(stitchLetter(message, resend)) }));
  };
