import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { TENANT, WORKSPACE } from '../../../labs/mediapro/names.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import { beliefs, organizationScope, over, scan } from '../scanning.ts';

/** Messages are hints: twice, foreign or nonsense, they must not matter. */
export const messageSuite = (up: () => Stage): unknown =>
  describe('messages', () => {
    const send = async (queue: string, body: string, id: string) => {
      const sqs = new SQSClient(up().services.aws.client(up().hub.account));
      const url = up().hub.outputs[queue];
      await sqs.send(
        new SendMessageCommand({ QueueUrl: url, MessageBody: body, MessageGroupId: id, MessageDeduplicationId: id }),
      );
      sqs.destroy();
    };
    const setAside = async (): Promise<readonly string[]> => {
      const sqs = new SQSClient(up().services.aws.client(up().hub.account));
      const answer = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: up().hub.outputs.CellDeadLetterQueueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 1,
          MessageAttributeNames: ['All'],
        }),
      );
      sqs.destroy();
      return (answer.Messages ?? []).map(
        (message) => `${message.Body} ${message.MessageAttributes?.reason?.StringValue}`,
      );
    };

    it('delivered twice leave the same documents, and the run finishes once', async () => {
      const scope_id = await organizationScope(up());
      const first = await scan(up(), scope_id);
      const before = await beliefs(up());
      const { _id } = await up().api.startRun(scope_id);
      for (const cell of first.cells) {
        const key = cell._id.slice(first.run._id.length);
        const message = {
          tenant_id: TENANT,
          workspace_id: WORKSPACE,
          run_id: _id,
          cell_id: `${_id}${key}`,
          part: 0,
          send_no: 0,
        };
        await send('CellQueueUrl', JSON.stringify(message), `twice-${cell.key}-${_id}`);
      }
      const second = await over(up(), _id);
      expect(second.run.status).toBe('succeeded');
      expect(second.cells).toHaveLength(first.cells.length);
      expect(await beliefs(up())).toEqual(before);
    });

    it.each([
      ['is no JSON', 'good morning', 'not JSON'],
      ['is not of our shape', '{"hello":"world"}', 'not one of ours'],
      [
        'names a cell of another tenant',
        JSON.stringify({ tenant_id: 'other', workspace_id: 'w', run_id: 'r', cell_id: 'c', part: 0, send_no: 0 }),
        'not of a run of tenant other',
      ],
    ])('set aside with a reason when one %s', async (what, body, reason) => {
      await send('CellQueueUrl', body, `foreign-${what.length}`);
      await expect
        .poll(async () => (await setAside()).filter((message) => message.startsWith(body)), { timeout: 20_000 })
        .toEqual([expect.stringContaining(reason)]);
    });
  });
