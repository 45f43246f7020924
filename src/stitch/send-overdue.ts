import { type Clock, type IsoTime, isoTime, later, MINUTE } from '../kernel/time.ts';
import type { StitchMessage } from '../runs/messages.ts';
import type { StitchDue } from './stitch-due.ts';

export interface SendOverdueDeps {
  readonly due: { readonly overdue: (before: IsoTime, limit: number) => Promise<readonly StitchDue[]> };
  /** `resend` tells this message from the one that was lost. */
  readonly enqueueStitch: (message: StitchMessage, resend: string) => Promise<void>;
  readonly now: Clock;
}

/** A stitch may take this long to begin after it was due. */
const GRACE = MINUTE;
const MOST = 500;

/** Sends the messages of stitches that were due and did not happen. */
export async function sendOverdue(deps: SendOverdueDeps): Promise<void> {
  const now = deps.now();
  for (const due of await deps.due.overdue(isoTime(later(now, -GRACE)), MOST)) {
    await deps.enqueueStitch({ tenant_id: due.tenant_id, generation: due.generation }, isoTime(now));
  }
}
