import type { Db } from 'mongodb';
import type { OutboxEntry } from '../control/audit.ts';
import type { Tenancy, Visibility } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { PlanningLease } from '../runs/planning.ts';
import { OPEN_STATUSES, type RunStatus, type ScanRun, statusesBefore } from '../runs/run.ts';
import type { RunOutcome } from '../runs/run-outcome.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';
import { flushOutbox, type SendSignal, unmoved } from './outbox.ts';
import { within } from './tenancy.ts';

export const SCAN_RUNS: CollectionPlan = {
  name: 'scan_runs',
  indexes: [
    { key: { tenant_id: 1, workspace_id: 1, created_at: -1, _id: -1 } },
    { key: { tenant_id: 1, workspace_id: 1, instance_id: 1, created_at: -1, _id: -1 } },
    { key: { tenant_id: 1, workspace_id: 1, scope_id: 1, created_at: -1, _id: -1 } },
    { key: { tenant_id: 1, workspace_id: 1, status: 1, created_at: -1, _id: -1 } },
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

/** Which runs of those that are seen. `since` is in it, `until` is not; both are about when a run was asked for. */
export interface RunFilter {
  readonly instance_id?: string;
  readonly scope_id?: string;
  readonly status?: RunStatus;
  readonly trigger?: ScanRun['trigger'];
  readonly since?: IsoTime;
  readonly until?: IsoTime;
}

/** A run as lists have it: with twelve thousand cells, what it says of each would be too much for a page. */
export type ListedRun = Omit<ScanRun, 'evidence_completeness' | 'errors'>;

const NEWEST_FIRST = { created_at: -1, _id: -1 } as const;

const olderThan = ({ created_at, _id }: RunCursor) => ({
  $or: [{ created_at: { $lt: created_at } }, { created_at, _id: { $lt: _id } }],
});

/** `send`: how signals leave; a function that may not send them leaves them in the outbox. */
export function scanRunStore(db: Db, send?: SendSignal) {
  const collection = collectionOf<ScanRun>(db, SCAN_RUNS);
  return {
    async create(run: ScanRun): Promise<void> {
      await collection.insertOne({ ...run });
      await flushOutbox(db, SCAN_RUNS, run, run._id, send);
    },

    /** Writes a run whose id follows from what it is for, unless it is there already; whether this call did it. */
    async createOnce(run: ScanRun): Promise<boolean> {
      try {
        await this.create(run);
        return true;
      } catch (error) {
        if (isDuplicateKey(error) && (await this.get(run, run._id))) return false;
        throw error;
      }
    },

    async get(whose: Tenancy | Visibility, run_id: string): Promise<ScanRun | undefined> {
      return (await collection.findOne({ ...within(whose), _id: run_id })) ?? undefined;
    },

    /** Runs, newest first, without what grows with the number of their cells. */
    async list(
      whose: Visibility,
      limit: number,
      after?: RunCursor,
      { since, until, ...equal }: RunFilter = {},
    ): Promise<readonly ListedRun[]> {
      const times = [
        ...(since === undefined ? [] : [{ created_at: { $gte: since } }]),
        ...(until === undefined ? [] : [{ created_at: { $lt: until } }]),
        ...(after === undefined ? [] : [olderThan(after)]),
      ];
      return collection
        .find(
          { ...within(whose), ...equal, ...(times.length > 0 && { $and: times }) },
          { projection: { evidence_completeness: 0, errors: 0 } },
        )
        .sort(NEWEST_FIRST)
        .limit(limit)
        .toArray();
    },

    /** queued -> running; harmless when repeated. */
    async begin(tenant: Tenancy, run_id: string, at: IsoTime): Promise<void> {
      await collection.updateOne(
        { ...within(tenant), _id: run_id, status: before('running') },
        { $set: { status: 'running', started_at: at } },
      );
    },

    /** Notes that every cell has been written, unless the run is to end: then no more may come of it. */
    async markPlanned(tenant: Tenancy, run_id: string, at: IsoTime): Promise<void> {
      await collection.updateOne(
        { ...wanted(tenant, run_id), planned_at: { $exists: false } },
        { $set: { planned_at: at } },
      );
    },

    /** Takes the right to add cells to a run that is open and wanted, where nobody has it; undefined where that cannot be. */
    async takePlanning(
      tenant: Tenancy,
      run_id: string,
      planning: PlanningLease,
      now: IsoTime,
    ): Promise<ScanRun | undefined> {
      const taken = await collection.findOneAndUpdate(
        { ...wanted(tenant, run_id), $or: unplannedAt(now) },
        { $set: { planning } },
        { returnDocument: 'after' },
      );
      return taken ?? undefined;
    },

    async keepPlanning(tenant: Tenancy, run_id: string, planning: PlanningLease): Promise<boolean> {
      const kept = await collection.updateOne(
        { ...wanted(tenant, run_id), 'planning.owner': planning.owner },
        { $set: { planning } },
      );
      return kept.matchedCount === 1;
    },

    async leavePlanning(tenant: Tenancy, run_id: string, owner: string): Promise<void> {
      await collection.updateOne(
        { ...within(tenant), _id: run_id, 'planning.owner': owner },
        { $unset: { planning: '' } },
      );
    },

    /** Notes the first wish that an open run should end, with what must follow; the run as it is then, undefined where it is over. */
    async requestCancel(
      tenant: Tenancy,
      run_id: string,
      cancel: NonNullable<ScanRun['cancel']>,
      outbox: readonly OutboxEntry[],
    ): Promise<ScanRun | undefined> {
      await collection.updateOne(
        { ...wanted(tenant, run_id), status: before('cancelled') },
        { $set: { cancel }, $push: { outbox: { $each: [...outbox] } } },
      );
      const run = await collection.findOne({ ...within(tenant), _id: run_id, status: before('cancelled') });
      return run ?? undefined;
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

    /**
     * Closes a run, from a status from which it may get there: a planned one that is not to be cancelled, or one that is and
     * to which nobody is adding cells. Of several callers one gets true.
     */
    async finishOnce(tenant: Tenancy, run_id: string, outcome: RunOutcome): Promise<boolean> {
      const { outbox, ...fields } = outcome;
      const closable =
        outcome.status === 'cancelled'
          ? { cancel: { $exists: true }, $or: unplannedAt(outcome.finished_at) }
          : { cancel: { $exists: false }, planned_at: { $exists: true } };
      const result = await collection.updateOne(
        { ...within(tenant), _id: run_id, status: before(outcome.status), ...closable },
        { $set: fields, $unset: { planning: '' }, $push: { outbox: { $each: [...outbox] } } },
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

    /**
     * Runs that are not over and were made before a moment, oldest first: for the tick to look after. Those that wait for what
     * is pushed are not among them: there may be many, for long, and they have their own tick.
     */
    async openSince(moment: IsoTime, limit: number): Promise<readonly ScanRun[]> {
      return collection
        .find({ status: OPEN, created_at: { $lt: moment }, $or: NOT_AWAITING_PUSH })
        .sort({ created_at: 1, _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** The run of a scope that is not over yet, if there is one. */
    async openOfScope(tenant: Tenancy, scope_id: string): Promise<ScanRun | undefined> {
      const open = await collection.findOne({ ...within(tenant), scope_id, status: OPEN });
      return open ?? undefined;
    },

    /** The runs of an instance that are not over yet, oldest first. */
    async openOfInstance(tenant: Tenancy, instance_id: string): Promise<readonly ScanRun[]> {
      return collection
        .find({ ...within(tenant), instance_id, status: OPEN })
        .sort({ seq: 1 })
        .toArray();
    },

    /** Whether anything was pushed for an instance in a run that began at a moment or later. */
    async wasPushedSince(tenant: Tenancy, instance_id: string, since: IsoTime): Promise<boolean> {
      const pushed = await collection.findOne(
        { ...within(tenant), instance_id, trigger: 'push', created_at: { $gte: since } },
        { projection: { _id: 1 } },
      );
      return pushed !== null;
    },
  };
}

/** Which statuses a filter lets through comes from the table of statuses and from nowhere else. */
const before = (next: RunStatus) => ({ $in: [...statusesBefore(next)] });
const OPEN = { $in: [...OPEN_STATUSES] };

/** A run that is not over and not to end. */
const wanted = (tenant: Tenancy, _id: string) => ({
  ...within(tenant),
  _id,
  status: OPEN,
  cancel: { $exists: false },
});

const NOT_AWAITING_PUSH = [
  { trigger: { $ne: 'push' as const } },
  { planned_at: { $exists: true } },
  { cancel: { $exists: true } },
];

/** Nobody is adding cells at this moment. */
const unplannedAt = (now: IsoTime) => [{ planning: { $exists: false } }, { 'planning.until': { $lt: now } }];

export type ScanRunStore = ReturnType<typeof scanRunStore>;
