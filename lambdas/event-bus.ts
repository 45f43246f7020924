import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { SendSignal } from '../src/store/outbox.ts';

/** The source of every event of ours. */
export const EVENT_SOURCE = 'throughline';

/** Puts signals on the hub's event bus. Throws if the bus does not take one, so that it stays in its outbox. */
export const signalsTo =
  (events: EventBridgeClient, bus: string): SendSignal =>
  async (signal) => {
    const answer = await events.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: bus,
            Source: EVENT_SOURCE,
            DetailType: signal.detail_type,
            Detail: JSON.stringify({ ...signal.detail, signal_id: signal.id }),
          },
        ],
      }),
    );
    const failed = answer.Entries?.find((entry) => entry.ErrorCode);
    if (failed) throw new Error(`event bus ${bus} refused ${signal.detail_type}: ${failed.ErrorCode}`);
  };
