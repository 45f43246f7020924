import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Cell, deduplicationId, messageGroup } from '../src/runs/cell.ts';
import type { CellMessage, StitchMessage } from '../src/runs/messages.ts';
import { planMessage, type ScanRun } from '../src/runs/run.ts';
import type { ScanRunStore } from '../src/store/scan-runs.ts';

/** Sends plan messages: one group a run, so that one planner at a time is at it. */
export const planQueue =
  (sqs: SQSClient, url: string) =>
  async (run: ScanRun): Promise<void> => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: JSON.stringify(planMessage(run)),
        MessageGroupId: `${run.tenant_id}/${run._id}`,
        MessageDeduplicationId: `${run._id}#${run.plan_send_no}`,
      }),
    );
  };

/** Sends a further plan message of a run, counted first, so that the queue does not take it for the last one. */
export const planAgain =
  (runs: Pick<ScanRunStore, 'countPlanSend'>, send: (run: ScanRun) => Promise<void>) =>
  async (run: ScanRun): Promise<void> => {
    const counted = await runs.countPlanSend(run, run._id);
    if (counted) await send(counted);
  };

const cellMessage = (cell: Cell): CellMessage => ({
  tenant_id: cell.tenant_id,
  workspace_id: cell.workspace_id,
  run_id: cell.run_id,
  cell_id: cell._id,
  part: cell.part,
  send_no: cell.send_no,
});

/** Sends cell messages, at most ten in one call, and returns the ids of the cells that the queue took. */
export const cellQueue =
  (sqs: SQSClient, url: string) =>
  async (cells: readonly Cell[]): Promise<readonly string[]> => {
    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: cells.map((cell, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(cellMessage(cell)),
          MessageGroupId: messageGroup(cell),
          MessageDeduplicationId: deduplicationId(cell),
        })),
      }),
    );
    const taken = new Set((sent.Successful ?? []).map((entry) => entry.Id));
    return cells.filter((_, index) => taken.has(String(index))).map((cell) => cell._id);
  };

/** Sends stitch messages: one group a tenant, so that one stitch of a tenant at a time is in flight. The queue delays them. `resend` keeps a message that is sent again from being taken for the first. */
export const stitchQueue =
  (sqs: SQSClient, url: string) =>
  async (message: StitchMessage, resend?: string): Promise<void> => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: JSON.stringify(message),
        MessageGroupId: message.tenant_id,
        MessageDeduplicationId: [message.tenant_id, message.generation, resend].join('#'),
      }),
    );
  };
