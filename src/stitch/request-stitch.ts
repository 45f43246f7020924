import type { TenantId } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime, later } from '../kernel/time.ts';
import type { StitchMessage } from '../runs/messages.ts';
import type { StitchTrigger } from './stitch-trigger.ts';

export interface RequestStitchDeps {
  readonly due: {
    /** Raises the tenant's generation and returns it. */
    readonly raise: (tenant_id: TenantId, now: IsoTime, due_at: IsoTime, trigger: StitchTrigger) => Promise<number>;
  };
  readonly enqueueStitch: (message: StitchMessage) => Promise<void>;
  /** The delay of the queue, in milliseconds; 0 for the queue of stitches that are wanted now. */
  readonly delay: number;
  readonly now: Clock;
}

/** Something of a tenant changed: counts it and sends one message, which the queue delays. Killed in between, the tick sends it. */
export async function requestStitch(
  deps: RequestStitchDeps,
  tenant_id: TenantId,
  trigger: StitchTrigger,
): Promise<StitchMessage> {
  const now = deps.now();
  const generation = await deps.due.raise(tenant_id, isoTime(now), isoTime(later(now, deps.delay)), trigger);
  const message = { tenant_id, generation };
  await deps.enqueueStitch(message);
  return message;
}
