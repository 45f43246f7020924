import { Logger } from '@aws-lambda-powertools/logger';
import {
  ChangeMessageVisibilityCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { consumer, type Work } from '../../lambdas/consumer.ts';
import { onceReady } from '../../lambdas/once-ready.ts';
import { AppError } from '../../src/kernel/failures.ts';

const sqs = mockClient(SQSClient);
beforeEach(() => {
  sqs.reset();
  sqs.on(ChangeMessageVisibilityCommand).resolves({});
  sqs.on(SendMessageCommand).resolves({});
});

const Message = z.strictObject({ run_id: z.string().min(1) });
type Message = z.infer<typeof Message>;

const anEvent = (body: string, group: string | undefined = 'nimbus/run-1'): SQSEvent => ({
  Records: [
    {
      messageId: 'message-1',
      receiptHandle: 'receipt-1',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: 'x',
        ApproximateFirstReceiveTimestamp: '0',
        ...(group && { MessageGroupId: group }),
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:999999999999:plan.fifo',
      awsRegion: 'eu-west-1',
    },
  ],
});
const OURS = anEvent('{"run_id":"run-1"}');
const CONTEXT = { getRemainingTimeInMillis: () => 42_000 };

/** A function behind a queue, without its log. */
function aConsumer(work: Work<Message>, ready = async () => work) {
  const logger = new Logger({ serviceName: 'test', logLevel: 'SILENT' });
  const queue = {
    sqs: new SQSClient({ region: 'eu-west-1' }),
    url: 'https://queue',
    dead_letters: 'https://dead',
    logger,
  };
  return (event: SQSEvent) => consumer(queue, Message, ready)(event, CONTEXT);
}
const done: Work<Message> = async () => 'done';

const hidden = (): readonly unknown[] =>
  sqs.commandCalls(ChangeMessageVisibilityCommand).map(({ args: [{ input }] }) => input);
const setAside = (): readonly SendMessageCommandInput[] =>
  sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => input);
const hides = (VisibilityTimeout: number) => ({
  QueueUrl: 'https://queue',
  ReceiptHandle: 'receipt-1',
  VisibilityTimeout,
});

describe('a message of ours', () => {
  it('reaches the work as it was parsed, and is gone when it is done', async () => {
    const work = vi.fn(done);
    expect(await aConsumer(work)(OURS)).toEqual({ batchItemFailures: [] });
    expect(work.mock.calls[0]?.[0]).toEqual({ run_id: 'run-1' });
    expect([hidden(), setAside()]).toEqual([[], []]);
  });

  it('can be hidden by whoever works on it, who knows how long there is', async () => {
    const work: Work<Message> = async (_message, { hide, remaining }) => {
      await hide(60);
      expect(remaining()).toBe(42_000);
      return 'done';
    };
    await aConsumer(work)(OURS);
    expect(hidden()).toEqual([hides(60)]);
  });

  it('comes again when the work says when, and is no failure of the function', async () => {
    const answer = await aConsumer(async () => ({ again_in: 15 }))(OURS);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect([hidden(), setAside()]).toEqual([[hides(15)], []]);
  });
});

describe('a failure', () => {
  it.each([
    ['a bug', new TypeError('undefined is not a function')],
    ['a failure that we understand', new AppError('source_unreachable', 'no answer')],
  ])('of the work, %s, is thrown as it is, and the message comes again soon', async (_what, failure) => {
    await expect(aConsumer(() => Promise.reject(failure))(OURS)).rejects.toBe(failure);
    expect([hidden(), setAside()]).toEqual([[hides(20)], []]);
  });

  it('is not hidden behind one more of the queue', async () => {
    sqs.on(ChangeMessageVisibilityCommand).rejects(new Error('the receipt has expired'));
    const failure = new Error('the database is away');
    await expect(aConsumer(() => Promise.reject(failure))(OURS)).rejects.toBe(failure);
  });

  it('to get ready is one too: nothing is set aside', async () => {
    const ready = () => Promise.reject(new Error('the database is away'));
    await expect(aConsumer(done, ready)(OURS)).rejects.toThrow('the database is away');
    expect([hidden(), setAside()]).toEqual([[hides(20)], []]);
  });
});

describe('a message that is not ours', () => {
  it.each([
    ['is no JSON', 'good morning', /not JSON/],
    ['has another shape', '{"hello":"world"}', /not one of ours: run_id /],
    ['has a field too many', '{"run_id":"run-1","role_arn":"x"}', /not one of ours/],
    ['has an empty id', '{"run_id":""}', /not one of ours: run_id/],
    ['is null', 'null', /not one of ours/],
  ])('since it %s is set aside once, with the reason, and not tried again', async (_what, body, reason) => {
    const work = vi.fn(done);
    expect(await aConsumer(work)(anEvent(body))).toEqual({ batchItemFailures: [] });
    expect(work).not.toHaveBeenCalled();
    expect(setAside()).toEqual([
      {
        QueueUrl: 'https://dead',
        MessageBody: body,
        MessageGroupId: 'nimbus/run-1',
        MessageDeduplicationId: 'message-1',
        MessageAttributes: { reason: { DataType: 'String', StringValue: expect.stringMatching(reason) } },
      },
    ]);
  });

  it('is set aside without getting ready for it', async () => {
    const ready = vi.fn(() => Promise.reject(new Error('the database is away')));
    await aConsumer(done, ready)(anEvent('nonsense'));
    expect([setAside().length, ready.mock.calls.length]).toEqual([1, 0]);
  });

  it('since it names what its tenant does not have is set aside with that reason', async () => {
    const foreign = new AppError('foreign_message', `run run-1 is not of tenant acme ${'x'.repeat(2_000)}`);
    expect(await aConsumer(() => Promise.reject(foreign))(OURS)).toEqual({ batchItemFailures: [] });
    expect(setAside()).toMatchObject([
      { MessageAttributes: { reason: { StringValue: foreign.message.slice(0, 1_000) } } },
    ]);
    expect(hidden()).toEqual([]);
  });

  it('and has no group goes into one of its own', async () => {
    await aConsumer(done)(anEvent('nonsense', ''));
    expect(setAside()).toMatchObject([{ MessageGroupId: 'foreign' }]);
  });

  it('is not lost where it cannot be set aside: it comes again', async () => {
    sqs.on(SendMessageCommand).rejects(new Error('no queue'));
    await expect(aConsumer(done)(anEvent('nonsense'))).rejects.toThrow('no queue');
  });
});

describe('getting ready', () => {
  it('begins at cold start, before anybody asks, and happens once', async () => {
    const make = vi.fn(async () => 'database');
    const ready = onceReady(make);
    expect(make).toHaveBeenCalledOnce();
    expect(await Promise.all([ready(), ready()])).toEqual(['database', 'database']);
    expect(make).toHaveBeenCalledOnce();
  });

  it('that fails at cold start is told to the first event, and tried again by the next', async () => {
    let away = true;
    const make = vi.fn(async () => {
      if (away) throw new Error('the database is away');
      return done;
    });
    const handler = aConsumer(done, onceReady(make));
    await expect(handler(OURS)).rejects.toThrow('the database is away');
    await expect(handler(OURS)).rejects.toThrow('the database is away');
    away = false;
    expect(await handler(OURS)).toEqual({ batchItemFailures: [] });
    const times = make.mock.calls.length;
    await handler(OURS);
    expect(make).toHaveBeenCalledTimes(times);
  });

  it('that fails for many at once is tried once for all of them', async () => {
    const make = vi.fn(() => Promise.reject(new Error('away')));
    const ready = onceReady(make);
    const answers = await Promise.allSettled([ready(), ready(), ready()]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(make).toHaveBeenCalledOnce();
  });
});
