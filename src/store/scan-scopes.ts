import type { Db } from 'mongodb';
import type { OutboxEntry, WithOutbox } from '../control/audit.ts';
import { retryAt, type ScanScope } from '../control/scan-scope.ts';
import { nextRunAt } from '../control/schedule.ts';
import type { Tenancy, Visibility } from '../kernel/ids.ts';
import { isoTime } from '../kernel/time.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { flushOutbox } from './outbox.ts';
import { within } from './tenancy.ts';

type StoredScope = ScanScope & WithOutbox;

export const SCAN_SCOPES: CollectionPlan = {
  name: 'scan_scopes',
  indexes: [
    { key: { tenant_id: 1, workspace_id: 1, _id: 1 } },
    { key: { tenant_id: 1, workspace_id: 1, instance_id: 1, _id: 1 } },
    { key: { next_run_at: 1 }, sparse: true },
    { key: { 'outbox.id': 1 }, sparse: true },
  ],
};

export function scanScopeStore(db: Db) {
  const collection = collectionOf<StoredScope>(db, SCAN_SCOPES);
  return {
    /** Writes a new scope with what must follow from it, and moves that on. */
    async create(scope: ScanScope, outbox: readonly OutboxEntry[]): Promise<void> {
      await collection.insertOne({ ...scope, outbox });
      await flushOutbox(db, SCAN_SCOPES, scope, scope._id);
    },

    async get(whose: Tenancy | Visibility, id: string): Promise<ScanScope | undefined> {
      const found = await collection.findOne({ ...within(whose), _id: id }, { projection: { outbox: 0 } });
      return found ?? undefined;
    },

    /** Scopes in the order of their ids. */
    async list(whose: Visibility, limit: number, after?: string): Promise<readonly ScanScope[]> {
      const page = after === undefined ? {} : { _id: { $gt: after } };
      return collection
        .find({ ...within(whose), ...page }, { projection: { outbox: 0 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** The enabled scopes of an instance. */
    async enabledOf(tenant: Tenancy, instance_id: string): Promise<readonly ScanScope[]> {
      return collection
        .find({ ...within(tenant), instance_id, enabled: true }, { projection: { outbox: 0 } })
        .sort({ _id: 1 })
        .toArray();
    },

    /**
     * Takes one scope that is due, in one step: two ticks never take one scope twice. It is due again soon, until what it
     * is taken for has been done and `settleDue` says so.
     */
    async claimDue(now: Date): Promise<ScanScope | undefined> {
      const due = await collection.findOne(
        { enabled: true, next_run_at: { $lte: isoTime(now) } },
        { sort: { next_run_at: 1, _id: 1 } },
      );
      if (!due) return undefined;
      // The local server may answer with the document as somebody else has just made it: then it is not due any more.
      if (!due.next_run_at || due.next_run_at > isoTime(now)) return this.claimDue(now);
      const next_run_at = retryAt(now);
      const claimed = await collection.findOneAndUpdate(
        { _id: due._id, tenant_id: due.tenant_id, enabled: true, next_run_at: due.next_run_at },
        { $set: { next_run_at } },
        { projection: { outbox: 0 } },
      );
      return claimed ? { ...claimed, next_run_at } : this.claimDue(now);
    },

    /** What a taken scope was due for is done: sets when it is due next, a period after it was taken. */
    async settleDue(scope: ScanScope, now: Date): Promise<void> {
      const next = nextRunAt(scope, now);
      await collection.updateOne(
        { ...within(scope), _id: scope._id, ...(scope.next_run_at && { next_run_at: scope.next_run_at }) },
        next ? { $set: { next_run_at: next } } : { $unset: { next_run_at: '' } },
      );
    },
  };
}

export type ScanScopeStore = ReturnType<typeof scanScopeStore>;
