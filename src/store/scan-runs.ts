import type { Db } from 'mongodb';
import type { OutboxEntry } from '../control/audit.ts';
import type { Tenancy, Visibility } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { RunOutcome, ScanRun } from '../runs/run.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { flushOutbox, type SendSignal, unmoved } from './outbox.ts';
import { within } from './tenancy.ts';

export const SCAN_RUNS: CollectionPlan = {
  name: 'scan_runs',
  indexes: [
    { key: { tenant_id: 1, workspace_id: 1, created_at: -1, _id: -1 } },
    { key: { tenant_id: 1, instance_id: 1, seq: 1 }, unique: true },
    { key: { status: 1, created_at: 1 } },
    { key: { 'outbox.id': 1 }, sparse: true },
  ],
};

/** Where a page of runs, newest first, goes on. */
export interface RunCursor {
  readonly created_at: IsoTime;
  readonly _id: string;
}

/** `send`: how signals leave; a function that may not send them leaves them in the outbox. */
export function scanRunStore(db: Db, send?: SendSignal) {
  const collection = collectionOf<ScanRun>(db, SCAN_RUNS);
  return {
    async create(run: ScanRun): Promise<void> {
      await collection.insertOne({ ...run });
      await flushOutbox(db, SCAN_RUNS, run, run._id, send);
    },

    async get(whose: Tenancy | Visibility, run_id: string): Promise<ScanRun | undefined> {
      return (await collection.findOne({ ...within(whose), _id: run_id })) ?? undefined;
    },

    /** Runs, newest first. */
    async list(whose: Visibility, limit: number, after?: RunCursor): Promise<readonly ScanRun[]> {
      const page =
        after === undefined
          ? {}
          : {
              $or: [
                { created_at: { $lt: after.created_at } },
                { created_at: after.created_at, _id: { $lt: after._id } },
              ],
            };
      return collection
        .find({ ...within(whose), ...page })
        .sort({ created_at: -1, _id: -1 })
        .limit(limit)
        .toArray();
    },

    async begin(tenant: Tenancy, run_id: string, at: IsoTime): Promise<void> {
      await collection.updateOne(
        { ...within(tenant), _id: run_id, status: 'queued' },
        { $set: { status: 'running', started_at: at } },
      );
    },

    async markPlanned(tenant: Tenancy, run_id: string, at: IsoTime): Promise<void> {
      await collection.updateOne(
        { ...within(tenant), _id: run_id, planned_at: { $exists: false } },
        { $set: { planned_at: at } },
      );
    },

    /** Counts a further plan message, so that the queue does not take it for the last one: each number once, by compare-and-set. */
    async countPlanSend(tenant: Tenancy, run_id: string): Promise<ScanRun | undefined> {
      for (;;) {
        const run = await this.get(tenant, run_id);
        if (!run) return undefined;
        const plan_send_no = run.plan_send_no + 1;
        const counted = await collection.updateOne(
          { ...within(tenant), _id: run_id, plan_send_no: run.plan_send_no },
          { $set: { plan_send_no } },
        );
        if (counted.matchedCount === 1) return { ...run, plan_send_no };
      }
    },

    /** Closes a run that is planned and still running; of several callers one gets true. */
    async finishOnce(tenant: Tenancy, run_id: string, outcome: RunOutcome): Promise<boolean> {
      const { outbox, ...fields } = outcome;
      const result = await collection.updateOne(
        { ...within(tenant), _id: run_id, status: 'running', planned_at: { $exists: true } },
        { $set: fields, $push: { outbox: { $each: [...outbox] } } },
      );
      return result.modifiedCount === 1;
    },

    /** Puts what must follow into the outbox of a run, over or not, and moves it on. */
    async follow(tenant: Tenancy, run_id: string, outbox: readonly OutboxEntry[]): Promise<void> {
      await collection.updateOne({ ...within(tenant), _id: run_id }, { $push: { outbox: { $each: [...outbox] } } });
      await flushOutbox(db, SCAN_RUNS, tenant, run_id, send);
    },

    async flushOutbox(tenant: Tenancy, run_id: string): Promise<void> {
      await flushOutbox(db, SCAN_RUNS, tenant, run_id, send);
    },

    /** Runs that still hold something to be moved on. */
    withOutbox: (limit: number) => unmoved(db, SCAN_RUNS, limit),

    /** Runs that are not over and were made before a moment, oldest first: for the tick to look after. */
    async openSince(before: IsoTime, limit: number): Promise<readonly ScanRun[]> {
      return collection
        .find({ status: { $in: ['queued', 'running'] }, created_at: { $lt: before } })
        .sort({ created_at: 1, _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** The run of a scope that is not over yet, if there is one. */
    async openOfScope(tenant: Tenancy, scope_id: string): Promise<ScanRun | undefined> {
      const open = await collection.findOne({ ...within(tenant), scope_id, status: { $in: ['queued', 'running'] } });
      return open ?? undefined;
    },
  };
}

export type ScanRunStore = ReturnType<typeof scanRunStore>;
