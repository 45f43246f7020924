import type { Db } from 'mongodb';
import type { OutboxEntry, WithOutbox } from '../control/audit.ts';
import { retryAt, type Settled } from '../control/due.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import type { Tenancy, Visibility } from '../kernel/ids.ts';
import { isoTime } from '../kernel/time.ts';
import { changeDocument } from './change-document.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { flushOutbox } from './outbox.ts';
import { within } from './tenancy.ts';

/** What a list of scopes is narrowed to. */
export interface ScopeFilter {
  readonly instance_id?: string | undefined;
  readonly enabled?: boolean | undefined;
}

type StoredScope = ScanScope & WithOutbox;

export const SCAN_SCOPES: CollectionPlan = {
  name: 'scan_scopes',
  indexes: [
    { key: { tenant_id: 1, workspace_id: 1, _id: 1 } },
    { key: { tenant_id: 1, workspace_id: 1, instance_id: 1, _id: 1 } },
    { key: { next_run_at: 1 }, sparse: true },
    { key: { ending_since: 1 }, sparse: true },
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

    /** Scopes in the order of their ids, without those that are deleted. */
    async list(
      whose: Visibility,
      limit: number,
      after?: string,
      { instance_id, enabled }: ScopeFilter = {},
    ): Promise<readonly ScanScope[]> {
      const filter = {
        ...(after !== undefined && { _id: { $gt: after } }),
        ...(instance_id !== undefined && { instance_id }),
        ...(enabled !== undefined && { enabled }),
        deleted_at: { $exists: false },
      };
      return collection
        .find({ ...within(whose), ...filter }, { projection: { outbox: 0 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** Writes a change with what must follow from it, and moves that on; false where somebody else has changed the scope. */
    change: (before: ScanScope, after: ScanScope, outbox: readonly OutboxEntry[]): Promise<boolean> =>
      changeDocument(db, SCAN_SCOPES, before, after, outbox),

    /** The scopes of an instance that are not deleted. */
    async ofInstance(tenant: Tenancy, instance_id: string): Promise<readonly ScanScope[]> {
      return collection
        .find({ ...within(tenant), instance_id, deleted_at: { $exists: false } }, { projection: { outbox: 0 } })
        .sort({ _id: 1 })
        .toArray();
    },

    /** Deleted scopes whose end has work left, the longest waiting first, of whatever tenant. */
    async ending(limit: number): Promise<readonly ScanScope[]> {
      return collection
        .find({ ending_since: { $exists: true } }, { projection: { outbox: 0 } })
        .sort({ ending_since: 1, _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** Notes that nothing is left to do for a deleted scope. */
    async settleEnd(scope: ScanScope): Promise<void> {
      await collection.updateOne(
        { ...within(scope), _id: scope._id, deleted_at: { $exists: true } },
        { $unset: { ending_since: '' } },
      );
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

    /**
     * Notes that what a taken scope was due for is done, or was not to be done, and when it is due next. Nothing where
     * somebody has changed its schedule meanwhile.
     */
    async settleDue(scope: ScanScope, { next_run_at, ...noted }: Settled): Promise<void> {
      await collection.updateOne(
        { ...within(scope), _id: scope._id, ...(scope.next_run_at && { next_run_at: scope.next_run_at }) },
        next_run_at ? { $set: { next_run_at, ...noted } } : { $set: noted, $unset: { next_run_at: '' } },
      );
    },
  };
}

export type ScanScopeStore = ReturnType<typeof scanScopeStore>;
