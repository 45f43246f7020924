import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../../bin/dead-letters/dead-letter.ts';
import { TENANT, WORKSPACE } from '../../../labs/mediapro/names.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import { runCli } from '../../bin/cli/run-cli.ts';
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

    it('that are poison are shown by dlq list; once the cause is mended, dlq redrive returns them and they are worked on', async () => {
      const dlq = async (...args: readonly string[]) => {
        const { code, stdout, stderr } = await runCli(
          { url: '', token: '' },
          ['dlq', ...args, '--stack', up().hub.name, '--queue', 'cells', '--json'],
          up().services.aws.env(up().hub.account),
        );
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        return JSON.parse(stdout);
      };
      const { run, cells } = await scan(up(), await organizationScope(up(), ['aws_iam']));
      // A message of a run that is not there, as a restored database has it.
      const run_id = `poison-${run._id}`;
      const cell_id = `${run_id}/${cells[0]?.key}`;
      const body = { tenant_id: TENANT, workspace_id: WORKSPACE, run_id, cell_id, part: 0, send_no: 0 };
      await send('CellQueueUrl', JSON.stringify(body), run_id);
      const letters = async (): Promise<readonly DeadLetter[]> =>
        (await dlq('list')).filter((letter: DeadLetter) => letter.names.run_id === run_id);
      await expect.poll(letters, { timeout: 30_000 }).toHaveLength(1);
      const [letter] = await letters();
      expect(letter).toMatchObject({ queue: 'cells', reason: expect.stringContaining('not of a run of tenant') });

      const client = await MongoClient.connect(up().services.mongo.uri);
      const copy = async (name: string, from: string, changes: object): Promise<void> => {
        const collection = client.db().collection<{ _id: string }>(name);
        const document = await collection.findOne({ _id: from });
        expect(document).not.toBeNull();
        if (document) await collection.insertOne({ ...document, ...changes });
      };
      try {
        // Their numbers are given out once for each instance.
        await copy('scan_runs', run._id, { _id: run_id, seq: 0 });
        await copy('cells', `${cells[0]?._id}`, { _id: cell_id, run_id, run_seq: 0 });
      } finally {
        await client.close();
      }
      const [redriven] = await dlq('redrive', '--message', `${letter?.message_id}`);
      expect(redriven).toMatchObject({ returned: [letter?.message_id], came_back: [], failed: [] });
      // Had it been given up again, it would be there within a moment.
      await sleep(5_000);
      expect(await letters()).toEqual([]);
    });
  });
