import type { Db, Filter } from 'mongodb';
import type { AuditEvent } from '../control/audit.ts';
import type { Visibility } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';
import { within } from './tenancy.ts';

export const AUDIT_EVENTS: CollectionPlan = {
  name: 'audit_events',
  indexes: [{ key: { tenant_id: 1, workspace_id: 1, at: -1, _id: -1 } }],
};

/** Appends an event; the same event again changes nothing. There is no other way to write here. */
export async function appendAudit(db: Db, event: AuditEvent): Promise<void> {
  try {
    await collectionOf<AuditEvent>(db, AUDIT_EVENTS).insertOne({ ...event });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** What of the events is asked for; a field that is left out restricts nothing. */
export interface AuditQuery {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** From this moment on. */
  readonly since?: IsoTime | undefined;
  /** Before this moment. */
  readonly until?: IsoTime | undefined;
}

/** Where a page of events, newest first, goes on. */
export interface AuditCursor {
  readonly at: IsoTime;
  readonly _id: string;
}

/** Events of the caller's workspaces, newest first. */
export async function listAudit(
  db: Db,
  whose: Visibility,
  { actor, action, target, since, until }: AuditQuery,
  limit: number,
  after?: AuditCursor,
): Promise<readonly AuditEvent[]> {
  const filter: Filter<AuditEvent> = {
    ...within(whose),
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(target !== undefined && { target }),
    ...((since !== undefined || until !== undefined) && {
      at: { ...(since !== undefined && { $gte: since }), ...(until !== undefined && { $lt: until }) },
    }),
    ...(after && { $or: [{ at: { $lt: after.at } }, { at: after.at, _id: { $lt: after._id } }] }),
  };
  return collectionOf<AuditEvent>(db, AUDIT_EVENTS).find(filter).sort({ at: -1, _id: -1 }).limit(limit).toArray();
}
