import type { Db } from 'mongodb';
import type { AuditEvent } from '../control/audit.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';

export const AUDIT_EVENTS: CollectionPlan = {
  name: 'audit_events',
  indexes: [{ key: { tenant_id: 1, workspace_id: 1, at: -1 } }],
};

/** Appends an event; the same event again changes nothing. There is no other way to write here. */
export async function appendAudit(db: Db, event: AuditEvent): Promise<void> {
  try {
    await collectionOf<AuditEvent>(db, AUDIT_EVENTS).insertOne({ ...event });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}
