import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { StitchMessage } from '../../src/runs/messages.ts';
import { type RequestStitchDeps, requestStitch } from '../../src/stitch/request-stitch.ts';
import type { StitchTrigger } from '../../src/stitch/stitch-trigger.ts';

/** How stitches are asked for. */
export interface StitchRequests {
  /** After a change: with others that may follow. */
  readonly settingsChanged: (tenant_id: string, trigger: StitchTrigger) => Promise<StitchMessage>;
  /** Now. */
  readonly requestStitch: (tenant_id: string, trigger: StitchTrigger) => Promise<StitchMessage>;
}

/** `delayed`: by the queue. `now`: tells the stitcher itself; where that fails, `untold` is told and the tick sends it. */
export function stitchRequests(
  delayed: RequestStitchDeps,
  now: (message: StitchMessage) => Promise<void>,
  untold: (message: StitchMessage, error: unknown) => void,
): StitchRequests {
  const enqueueStitch = (message: StitchMessage): Promise<void> =>
    now(message).catch((error: unknown) => untold(message, error));
  const at_once = { ...delayed, delay: 0, enqueueStitch };
  return {
    settingsChanged: (tenant_id, trigger) => requestStitch(delayed, tenant_id, trigger),
    requestStitch: (tenant_id, trigger) => requestStitch(at_once, tenant_id, trigger),
  };
}

/** Hands the stitcher a message without waiting for what it does. */
export const stitchFunction =
  (client: LambdaClient, function_name: string) =>
  async (message: StitchMessage): Promise<void> => {
    const asked = { FunctionName: function_name, InvocationType: 'Event', Payload: JSON.stringify(message) } as const;
    await client.send(new InvokeCommand(asked));
  };
