import { type AuditEvent, auditEvent, SYSTEM_ACTOR } from '../src/control/audit.ts';
import { AppError } from '../src/kernel/failures.ts';
import type { Tenancy } from '../src/kernel/ids.ts';
import { type Clock, isoTime } from '../src/kernel/time.ts';
import type { Work } from './consumer.ts';

export interface RefusedMessagesDeps {
  /** The queue that the message came from. */
  readonly queue: string;
  readonly audit: (event: AuditEvent) => Promise<void>;
  readonly now: Clock;
}

/**
 * Tells the audit of a message that names what its tenant does not have, in the tenant and workspace that it names; then it is
 * set aside as any other that is not ours. Told before that, under the id of the message: killed in between, it comes again
 * and leaves one event.
 */
export const tellingOfRefused =
  <T extends Tenancy & { readonly run_id: string }>(deps: RefusedMessagesDeps, work: Work<T>): Work<T> =>
  async (message, delivery) => {
    try {
      return await work(message, delivery);
    } catch (error) {
      if (error instanceof AppError && error.code === 'foreign_message') {
        await deps.audit(
          auditEvent({
            tenant_id: message.tenant_id,
            workspace_id: message.workspace_id,
            actor: SYSTEM_ACTOR,
            action: 'message.refused',
            target: message.run_id,
            at: isoTime(deps.now()),
            request_id: delivery.message_id,
            details: { queue: deps.queue, reason: error.message },
          }),
        );
      }
      throw error;
    }
  };
