import type { Db } from 'mongodb';
import type { OutboxEntry, WithOutbox } from '../control/audit.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { appendAudit } from './audit-events.ts';
import { type CollectionPlan, collectionOf } from './database.ts';

export type Signal = Extract<OutboxEntry, { kind: 'signal' }>;

/** Puts a signal on the event bus; may be called twice for one signal. */
export type SendSignal = (signal: Signal) => Promise<void>;

type Carrier = WithOutbox & Tenancy & { readonly _id: string };

/**
 * Moves on what the outbox of one document holds: first to where it belongs, under its own id, then out of the outbox. Killed
 * in between, it is moved again and leaves the same. Without `send` signals stay, for somebody who may send them.
 */
export async function flushOutbox(
  db: Db,
  plan: CollectionPlan,
  tenant: Tenancy,
  id: string,
  send?: SendSignal,
): Promise<void> {
  const collection = collectionOf<Carrier>(db, plan);
  const key = { _id: id, tenant_id: tenant.tenant_id, workspace_id: tenant.workspace_id };
  const document = await collection.findOne(key, { projection: { outbox: 1 } });
  const moved: string[] = [];
  for (const entry of document?.outbox ?? []) {
    if (entry.kind === 'audit') await appendAudit(db, entry.event);
    else if (send) await send(entry);
    else continue;
    moved.push(entry.id);
  }
  if (moved.length > 0) await collection.updateOne(key, { $pull: { outbox: { id: { $in: moved } } } });
}

/** Documents whose outbox was not emptied by whoever filled it, oldest ids first, at most `limit`. */
export async function unmoved(
  db: Db,
  plan: CollectionPlan,
  limit: number,
): Promise<readonly (Tenancy & { _id: string })[]> {
  return collectionOf<Carrier>(db, plan)
    .find({ 'outbox.id': { $exists: true } }, { projection: { tenant_id: 1, workspace_id: 1 } })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
}

/** Moves on what was left in the outboxes of these collections, of at most `limit` documents each. */
export async function flushLeft(db: Db, plans: readonly CollectionPlan[], limit: number): Promise<void> {
  for (const plan of plans) {
    for (const document of await unmoved(db, plan, limit)) await flushOutbox(db, plan, document, document._id);
  }
}
