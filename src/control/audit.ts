import { derivedId, type Tenancy } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';

/** What somebody did, or was refused. Appended once, never changed. */
export interface AuditEvent extends Tenancy {
  readonly _id: string;
  /** Subject of the token, or `throughline` where the system acted by itself. */
  readonly actor: string;
  /** `<noun>.<verb in the past>`: `scan_run.started`. */
  readonly action: string;
  /** Id of what it was done to. */
  readonly target: string;
  readonly at: IsoTime;
  readonly request_id: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The actor of what nobody asked for: schedules, repairs, ends of runs. */
export const SYSTEM_ACTOR = 'throughline';

/** An event whose id follows from what it tells, so that telling it twice leaves one. */
export const auditEvent = (event: Omit<AuditEvent, '_id'>): AuditEvent => ({
  _id: derivedId(event.tenant_id, event.action, event.target, event.request_id),
  ...event,
});

/**
 * What must follow from a change. It is written in the same document as the change, then moved on: an audit event to its
 * collection, a signal to the event bus. Moving on twice does no harm.
 */
export type OutboxEntry =
  | { readonly id: string; readonly kind: 'audit'; readonly event: AuditEvent }
  | {
      readonly id: string;
      readonly kind: 'signal';
      readonly detail_type: string;
      readonly detail: Readonly<Record<string, unknown>>;
    };

export const auditEntry = (event: Omit<AuditEvent, '_id'>): OutboxEntry => {
  const complete = auditEvent(event);
  return { id: complete._id, kind: 'audit', event: complete };
};

/** A document that carries what must still follow from it. */
export interface WithOutbox {
  readonly outbox: readonly OutboxEntry[];
}
