import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { HubTermsEnv, readEnv } from '../../lambdas/environment.ts';
import { signalsTo } from '../../lambdas/event-bus.ts';
import { hubTerms } from '../../lambdas/hub-terms.ts';
import { cellQueue, planQueue, stitchQueue } from '../../lambdas/queues.ts';
import { CellMessage, PlanMessage, StitchMessage } from '../../src/runs/messages.ts';
import { aCell, aRun, HUB, MANAGEMENT, ONE, TWO } from '../runs/builders.ts';

const mock = mockClient(SQSClient);
const events = mockClient(EventBridgeClient);
const client = new SQSClient({ region: 'eu-west-1' });
const URL = 'https://queue';
beforeEach(() => {
  mock.reset();
  events.reset();
});

const sent = () => mock.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => input);
const bodyOf = (body: string | undefined): unknown => JSON.parse(body ?? '');

describe('queues', () => {
  it('take a plan message that its reader understands: one group for a run, another id for each sending', async () => {
    mock.on(SendMessageCommand).resolves({});
    await planQueue(client, URL)(aRun());
    await planQueue(client, URL)(aRun({ plan_send_no: 1 }));
    expect(PlanMessage.parse(bodyOf(sent()[0]?.MessageBody))).toMatchObject({ run_id: 'run-1', send_no: 0 });
    expect(
      sent().map(({ MessageGroupId, MessageDeduplicationId }) => [MessageGroupId, MessageDeduplicationId]),
    ).toEqual([
      ['enterprise-nimbus/run-1', 'run-1#0'],
      ['enterprise-nimbus/run-1', 'run-1#1'],
    ]);
  });

  it('take cells together and tell which they took', async () => {
    const cells = [aCell(), aCell({ account_id: TWO, lane: 1, part: 2, send_no: 3 })];
    mock.on(SendMessageBatchCommand).resolves({ Successful: [{ Id: '1', MessageId: 'm', MD5OfMessageBody: '' }] });
    expect(await cellQueue(client, URL)(cells)).toEqual([`run-1/aws_iam:${TWO}`]);
    const [call] = mock.commandCalls(SendMessageBatchCommand);
    const entries = call?.args[0].input.Entries ?? [];
    expect(entries.map(({ MessageBody }) => CellMessage.parse(bodyOf(MessageBody)))).toMatchObject([
      { cell_id: `run-1/aws_iam:${ONE}`, part: 0, send_no: 0 },
      { cell_id: `run-1/aws_iam:${TWO}`, part: 2, send_no: 3 },
    ]);
    expect(
      entries.map(({ MessageGroupId, MessageDeduplicationId }) => [MessageGroupId, MessageDeduplicationId]),
    ).toEqual([
      [`enterprise-nimbus/${ONE}#0`, `run-1/aws_iam:${ONE}#0#0`],
      [`enterprise-nimbus/${TWO}#1`, `run-1/aws_iam:${TWO}#2#3`],
    ]);
  });

  it('that took no cell say so', async () => {
    mock.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [{ Id: '0', Code: 'x', SenderFault: false }] });
    expect(await cellQueue(client, URL)([aCell()])).toEqual([]);
  });

  it('take a stitch message again under another id where it is sent again', async () => {
    mock.on(SendMessageCommand).resolves({});
    const message = { tenant_id: 'nimbus', generation: 3 };
    const send = stitchQueue(client, URL);
    await send(message);
    await send(message, 'at noon');
    await send(message, 'at one');
    expect(StitchMessage.parse(bodyOf(sent()[0]?.MessageBody))).toEqual(message);
    expect(new Set(sent().map(({ MessageDeduplicationId }) => MessageDeduplicationId)).size).toBe(3);
    expect(new Set(sent().map(({ MessageGroupId }) => MessageGroupId))).toEqual(new Set(['nimbus']));
  });
});

describe('the event bus', () => {
  const bus = signalsTo(new EventBridgeClient({ region: 'eu-west-1' }), 'hub');
  const signal = { id: 'signal-1', kind: 'signal', detail_type: 'ScanRunFinished', detail: { wrote: true } } as const;

  it('carries a signal with its id, so that a second one is known as such', async () => {
    events.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'e' }] });
    await bus(signal);
    expect(events.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries).toEqual([
      {
        EventBusName: 'hub',
        Source: 'throughline',
        DetailType: 'ScanRunFinished',
        Detail: JSON.stringify({ wrote: true, signal_id: 'signal-1' }),
      },
    ]);
  });

  it('that does not take a signal fails, so that it stays in its outbox', async () => {
    events.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] });
    await expect(bus(signal)).rejects.toThrow('event bus hub refused ScanRunFinished: ThrottlingException');
  });
});

describe('the environment of a function', () => {
  it('names every variable that is wrong at once', () => {
    const shape = { ONE: z.url(), TWO: z.coerce.number().int(), THREE: z.string() };
    expect(() => readEnv(shape, { ONE: 'no url', TWO: 'x', THREE: 'fine' })).toThrow(
      /^environment: [\s\S]*ONE[\s\S]*TWO/,
    );
    expect(() => readEnv(shape, { ONE: 'https://a', TWO: '1' })).toThrow(/THREE/);
    expect(readEnv(shape, { ONE: 'https://a', TWO: '1', THREE: '', OTHER: 'x' })).toEqual({
      ONE: 'https://a',
      TWO: 1,
      THREE: '',
    });
  });

  it('gives the terms of a hub with or without an organization', () => {
    const named = { HUB_ACCOUNT_ID: HUB };
    const organization = {
      ORGANIZATION_ID: 'o-mediapro01',
      MANAGEMENT_ACCOUNT_ID: MANAGEMENT,
      ORGANIZATION_TENANT_ID: 'nimbus',
    };
    expect(hubTerms(readEnv(HubTermsEnv, named))).not.toHaveProperty('organization');
    expect(hubTerms(readEnv(HubTermsEnv, { ...named, ...organization }))).toMatchObject({
      hub_account_id: HUB,
      organization: { id: 'o-mediapro01', management_account_id: MANAGEMENT, tenant_id: 'nimbus' },
    });
    expect(() => readEnv(HubTermsEnv, { HUB_ACCOUNT_ID: '12345' })).toThrow('must be twelve digits');
  });
});
