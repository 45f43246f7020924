import type { TenantId } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime, later } from '../kernel/time.ts';
import type { StitchMessage } from '../runs/messages.ts';

export interface RequestStitchDeps {
  readonly due: {
    /** Raises the tenant's generation and returns it. */
    readonly raise: (tenant_id: TenantId, now: IsoTime, due_at: IsoTime) => Promise<number>;
  };
  readonly enqueueStitch: (message: StitchMessage) => Promise<void>;
  /** The delay of the queue, in milliseconds. */
  readonly delay: number;
  readonly now: Clock;
}

/** Something of a tenant changed: counts it and sends one delayed message. Killed in between, the tick sends it. */
export async function requestStitch(deps: RequestStitchDeps, tenant_id: TenantId): Promise<StitchMessage> {
  const now = deps.now();
  const generation = await deps.due.raise(tenant_id, isoTime(now), isoTime(later(now, deps.delay)));
  const message = { tenant_id, generation };
  await deps.enqueueStitch(message);
  return message;
}
