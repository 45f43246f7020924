import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import {
  DeleteMessageCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redriveDeadLetters } from '../../bin/dead-letters/dead-letters.ts';
import { type HubQueue, hubQueues } from '../../bin/dead-letters/hub-queues.ts';
import { type Aws, startAws } from '../../tools/local/aws/aws.ts';
import { openRun } from '../../tools/local/run-folder.ts';
import { type Outcome, runCli } from '../bin/cli/run-cli.ts';

const HUB = '111111111111';
const STACK = 'hub';
/** Times after which the queues of this test give a message up. */
const MOST_RECEIVES = 2;
const run = openRun();
let aws: Aws;
let sqs: SQSClient;
let cells: HubQueue;

/** The queues of a hub and the outputs that name them. */
const template = () => {
  const queue = (name: string) => ({
    [`${name}Dead`]: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
    [`${name}s`]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        FifoQueue: true,
        VisibilityTimeout: 1,
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': [`${name}Dead`, 'Arn'] },
          maxReceiveCount: MOST_RECEIVES,
        },
      },
    },
  });
  const names = ['Plan', 'Cell', 'Stitch'];
  return {
    Resources: Object.assign({}, ...names.map(queue)),
    Outputs: Object.assign(
      {},
      ...names.map((name) => ({
        [`${name}QueueUrl`]: { Value: { Ref: `${name}s` } },
        [`${name}DeadLetterQueueUrl`]: { Value: { Ref: `${name}Dead` } },
      })),
    ),
  };
};

beforeAll(async () => {
  aws = await startAws(run);
  sqs = new SQSClient(aws.client(HUB));
  const cloudFormation = new CloudFormationClient(aws.client(HUB));
  await cloudFormation.send(new CreateStackCommand({ StackName: STACK, TemplateBody: JSON.stringify(template()) }));
  await waitUntilStackCreateComplete(
    { client: cloudFormation, minDelay: 1, maxDelay: 1, maxWaitTime: 30 },
    { StackName: STACK },
  );
  const found = (await hubQueues(aws.client(HUB), STACK)).find(({ name }) => name === 'cells');
  if (!found) throw new Error('the stack has no queue of cells');
  cells = found;
});
beforeEach(async () => {
  for (const QueueUrl of [cells.url, cells.dead_letters]) await sqs.send(new PurgeQueueCommand({ QueueUrl }));
});
afterEach(() => aws.faults.clear());
afterAll(async () => {
  await aws?.stop();
  await run.close();
});

const dlq = (...args: readonly string[]): Promise<Outcome> =>
  runCli({ url: '', token: '' }, ['dlq', args[0] ?? '', '--stack', STACK, ...args.slice(1)], {
    ...aws.env(HUB),
    PATH: process.env.PATH,
  });

const send = (body: string, id: string, group = 'g'): Promise<unknown> =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: cells.url,
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: id,
    }),
  );

const receive = async (QueueUrl: string, VisibilityTimeout = 0): Promise<readonly Message[]> =>
  (
    await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout,
        MessageAttributeNames: ['All'],
      }),
    )
  ).Messages ?? [];

/** A message that nobody could work on: received without success until the queue gives it up. */
async function poison(body: string, id: string): Promise<void> {
  await send(body, id);
  for (let attempt = 0; attempt <= MOST_RECEIVES; attempt += 1) await receive(cells.url);
  await expect.poll(async () => (await receive(cells.dead_letters)).map(({ Body }) => Body)).toContain(body);
}

/** As the hub's workers do it with a message that is not theirs. */
const setAside = (body: string, message_id: string, reason: string): Promise<unknown> =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: cells.dead_letters,
      MessageBody: body,
      MessageGroupId: 'g',
      MessageDeduplicationId: message_id,
      MessageAttributes: { reason: { DataType: 'String', StringValue: reason } },
    }),
  );

const CELL = JSON.stringify({ tenant_id: 'acme', run_id: 'r-1', cell_id: 'r-1/aws_iam:222222222222', part: 0 });

describe('dlq list', () => {
  it('shows what was given up, what it names, how often it was received and why', async () => {
    await poison(CELL, 'poison-1');
    await setAside('good morning', 'm-1', 'the message is not JSON');
    const { code, stdout } = await dlq('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/cells .* cell r-1\/aws_iam:222222222222 +\d+ +\d+ s +received too often/);
    expect(stdout).toMatch(/cells .* nothing of ours +\d+ +\d+ s +the message is not JSON/);
  });

  it('hides nothing from anybody afterwards', async () => {
    await setAside(CELL, 'm-2', 'why');
    const listed = await dlq('list', '--queue', 'cells', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ queue: 'cells', reason: 'why', names: { run_id: 'r-1' } }]);
    expect(await receive(cells.dead_letters)).toHaveLength(1);
  });

  it('of nothing says so', async () => {
    expect(await dlq('list', '--queue', 'plans')).toMatchObject({ code: 0, stdout: '   no dead letters\n' });
  });

  it('of a stack that is not there says what AWS says', async () => {
    const { code, stderr } = await dlq('list', '--stack', 'gone', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'aws', detail: expect.stringContaining('gone') } });
  });
});

describe('dlq redrive', () => {
  it('returns a message that the queue would take for the one that it had a moment ago', async () => {
    await poison(CELL, 'poison-2');
    // This is the trap: sent as it was, it is taken and dropped.
    await send(CELL, 'poison-2');
    expect(await receive(cells.url)).toEqual([]);
    const { code, stdout } = await dlq('redrive', '--queue', 'cells');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '   cells: 1 returned\n' });
    expect((await receive(cells.url)).map(({ Body }) => Body)).toEqual([CELL]);
    expect(await receive(cells.dead_letters)).toEqual([]);
  });

  it('returns all of them, more than one call can carry, without the reason that is over', async () => {
    for (let n = 0; n < 25; n += 1) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: cells.dead_letters,
          MessageBody: `{"run_id":"r-${n}"}`,
          MessageGroupId: `g-${n % 4}`,
          MessageDeduplicationId: `many-${n}`,
          MessageAttributes: { reason: { DataType: 'String', StringValue: 'why' } },
        }),
      );
    }
    const { stdout } = await dlq('redrive', '--json');
    expect(JSON.parse(stdout).map((one: { returned: unknown[] }) => one.returned.length)).toEqual([0, 25, 0]);
    const bodies = new Set<string>();
    for (let some = await receive(cells.url, 60); some.length > 0; some = await receive(cells.url, 60)) {
      for (const { Body = '', MessageAttributes, ReceiptHandle } of some) {
        expect(MessageAttributes?.reason).toBeUndefined();
        bodies.add(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl: cells.url, ReceiptHandle }));
      }
    }
    expect(bodies.size).toBe(25);
  });

  it('returns one alone, and says where there is none of that id', async () => {
    await setAside('{"run_id":"a"}', 'm-3', 'why');
    await setAside('{"run_id":"b"}', 'm-4', 'why');
    const [, second] = JSON.parse((await dlq('list', '--json')).stdout);
    expect((await dlq('redrive', '--message', second.message_id)).code).toBe(0);
    expect((await receive(cells.url)).map(({ Body }) => Body)).toEqual(['{"run_id":"b"}']);
    expect((await receive(cells.dead_letters)).map(({ Body }) => Body)).toEqual(['{"run_id":"a"}']);
    const { code, stderr } = await dlq('redrive', '--message', second.message_id);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('See: dlq list') });
  });

  it('deletes nothing that the queue did not take', async () => {
    await setAside(CELL, 'm-5', 'why');
    aws.faults.inject({ when: { action: 'sqs:SendMessage' }, fault: 'refuse' });
    const { code, stdout } = await dlq('redrive', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)[1]).toMatchObject({ returned: [], failed: [{ detail: expect.any(String) }] });
    aws.faults.clear();
    expect(await receive(cells.dead_letters)).toHaveLength(1);
  });

  it('that ends between sending and deleting leaves the message in both, and once more does not double it', async () => {
    await setAside(CELL, 'm-6', 'why');
    aws.faults.inject({ when: { action: 'sqs:DeleteMessage' }, fault: 'refuse' });
    expect((await dlq('redrive')).code).toBe(1);
    aws.faults.clear();
    expect(await receive(cells.dead_letters)).toHaveLength(1);
    expect((await dlq('redrive')).code).toBe(0);
    expect(await receive(cells.dead_letters)).toEqual([]);
    expect(await receive(cells.url)).toHaveLength(1);
  });

  it('ends where a worker sets aside again what was returned', async () => {
    await setAside('good morning', 'm-7', 'why');
    const worker = new AbortController();
    const working = (async () => {
      while (!worker.signal.aborted) {
        for (const { Body = '', MessageId = '', ReceiptHandle } of await receive(cells.url, 30)) {
          await setAside(Body, MessageId, 'still not JSON');
          await sqs.send(new DeleteMessageCommand({ QueueUrl: cells.url, ReceiptHandle }));
        }
        await sleep(20);
      }
    })();
    const outcome = await redriveDeadLetters(sqs, cells);
    worker.abort();
    await working;
    expect(outcome).toMatchObject({ returned: [expect.any(String)], came_back: [expect.any(String)], failed: [] });
    expect(await receive(cells.dead_letters)).toHaveLength(1);
  });
});
