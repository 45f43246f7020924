import type { Db } from 'mongodb';
import { FenceLost } from '../inventory/context.ts';
import type { Tenancy, Visibility } from '../kernel/ids.ts';
import { inGroupsOf } from '../kernel/streams.ts';
import type { IsoTime } from '../kernel/time.ts';
import {
  type Cell,
  type CellCursor,
  type CellStatus,
  callsOf,
  cellStatusesBefore,
  OPEN_CELL_STATUSES,
  type UnderWay,
} from '../runs/cell.ts';
import type { CellProgress } from '../runs/cell-progress.ts';
import { type CellsProgress, cellsProgress } from './cells-progress.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { STREAMED } from './stream.ts';
import { within } from './tenancy.ts';

export const CELLS: CollectionPlan = {
  name: 'cells',
  indexes: [
    { key: { tenant_id: 1, workspace_id: 1, run_id: 1, status: 1, _id: 1 } },
    { key: { tenant_id: 1, workspace_id: 1, run_id: 1, _id: 1 } },
    { key: { status: 1, lease_until: 1 } },
  ],
};

/** Cells written in one go, and messages that a queue takes in one call. */
const BATCH = 1_000;
const SQS_BATCH = 10;

/** Cells read in one go where each is dealt with by itself: a server would send all of them at once. */
const READ = 200;

export function cellStore(db: Db) {
  const collection = collectionOf<Cell>(db, CELLS);
  return {
    async get(tenant: Tenancy, cell_id: string): Promise<Cell | undefined> {
      return (await collection.findOne({ ...within(tenant), _id: cell_id })) ?? undefined;
    },

    /** Writes the cells that are not there yet; the others stay as they are. */
    async addMissing(cells: readonly Cell[]): Promise<void> {
      for await (const group of inGroupsOf(BATCH, cells)) {
        await collection.bulkWrite(
          group.map((cell) => ({
            updateOne: {
              filter: { _id: cell._id, tenant_id: cell.tenant_id },
              update: { $setOnInsert: cell },
              upsert: true,
            },
          })),
          { ordered: false },
        );
      }
    },

    /** Waiting cells of a run whose message was never sent, as many at a time as one call of the queue takes. */
    unsent(tenant: Tenancy, run_id: string): AsyncIterable<readonly Cell[]> {
      const cursor = collection
        .find({ ...within(tenant), run_id, status: 'waiting', sent_at: { $exists: false } }, { batchSize: READ })
        .sort({ _id: 1 });
      return inGroupsOf(SQS_BATCH, cursor);
    },

    async markSent(tenant: Tenancy, cell_ids: readonly string[], at: IsoTime): Promise<void> {
      await collection.updateMany(
        { ...within(tenant), _id: { $in: [...cell_ids] }, status: 'waiting' },
        { $set: { sent_at: at } },
      );
    },

    /** Takes a cell that waits, or whose owner is gone, if it is still at this part. */
    async take(cell: Cell, claim: { owner: string; now: IsoTime; lease_until: IsoTime }): Promise<Cell | undefined> {
      const taken = await collection.findOneAndUpdate(
        {
          ...within(cell),
          _id: cell._id,
          part: cell.part,
          $or: [{ status: before('running') }, { status: 'running', lease_until: { $lt: claim.now } }],
        },
        {
          $set: {
            status: 'running',
            owner: claim.owner,
            lease_until: claim.lease_until,
            started_at: cell.started_at ?? claim.now,
            // The calls of a worker that died were made; what it saw is seen again.
            api_calls: callsOf(cell),
          },
          $unset: { under_way: '' },
          $inc: { attempt: 1 },
        },
        { returnDocument: 'after' },
      );
      return taken ?? undefined;
    },

    /** Extends the lease and notes how far the part has come; false where the cell is no longer the owner's. */
    async renew(cell: Cell, lease_until: IsoTime, under_way?: UnderWay): Promise<boolean> {
      const result = await collection.updateOne(mine(cell), {
        $set: { lease_until, ...(under_way && { under_way }) },
      });
      return result.matchedCount === 1;
    },

    /** Saves a part and makes the cell wait for its next one. Throws FenceLost where the cell is no longer the owner's. */
    async nextPart(cell: Cell, progress: CellProgress, cursor: CellCursor): Promise<Cell> {
      const waiting = await collection.findOneAndUpdate(
        mine(cell),
        {
          $set: { ...pick(progress), status: 'waiting', part: cell.part + 1, attempt: 0, cursor },
          $unset: { owner: '', lease_until: '', sent_at: '', under_way: '' },
          $inc: { send_no: 1 },
        },
        { returnDocument: 'after' },
      );
      if (!waiting) throw lost(cell);
      return waiting;
    },

    /** Ends a cell. Throws FenceLost where it is no longer the owner's: then somebody else ends it. */
    async finish(cell: Cell, progress: CellProgress, status: CellStatus, at: IsoTime): Promise<void> {
      const result = await collection.updateOne(mine(cell), {
        $set: { ...pick(progress), status, finished_at: at },
        $unset: { owner: '', lease_until: '', cursor: '', under_way: '' },
      });
      if (result.matchedCount === 0) throw lost(cell);
    },

    /**
     * Notes the first person's word that a held removal is right, and counts a further message: also when it was given
     * before and not done yet, since its message may be lost. Undefined where nothing is held.
     */
    async requestRelease(
      whose: Visibility,
      cell_id: string,
      requested_by: string,
      at: IsoTime,
    ): Promise<Cell | undefined> {
      const held = { ...within(whose), _id: cell_id, 'errors.code': 'removal_held' };
      await collection.updateOne(
        { ...held, release: { $exists: false } },
        { $set: { release: { requested_by, requested_at: at } } },
      );
      const counted = await collection.findOneAndUpdate(
        { ...held, release: { $exists: true }, 'release.done_at': { $exists: false } },
        { $inc: { send_no: 1 } },
        { returnDocument: 'after' },
      );
      return counted ?? undefined;
    },

    /** Notes that a released removal was done. */
    async markReleased(cell: Cell, removed: number, at: IsoTime): Promise<void> {
      await collection.updateOne(
        { ...within(cell), _id: cell._id },
        { $set: { 'release.done_at': at, 'release.removed': removed } },
      );
    },

    /**
     * Cancels the open cells of a run and returns how many. A cell that a worker has taken up may have written; its worker
     * keeps its name on it until it has stopped: `leave`.
     */
    async cancelOpen(tenant: Tenancy, run_id: string, at: IsoTime): Promise<number> {
      const open = { ...within(tenant), run_id, status: before('cancelled') };
      const over = { status: 'cancelled', finished_at: at } as const;
      const begun = await collection.updateMany(
        { ...open, attempt: { $gt: 0 } },
        { $set: { ...over, wrote: true }, $unset: { cursor: '' } },
      );
      const rest = await collection.updateMany({ ...open, attempt: 0 }, { $set: over, $unset: { cursor: '' } });
      return begun.modifiedCount + rest.modifiedCount;
    },

    /** Notes that the worker whose cell was cancelled under it has stopped. */
    async leave(cell: Cell): Promise<void> {
      await collection.updateOne(
        { ...within(cell), _id: cell._id, status: 'cancelled', ...(cell.owner !== undefined && { owner: cell.owner }) },
        { $unset: { owner: '', lease_until: '' } },
      );
    },

    /** Cancelled cells whose worker has not said that it stopped, and whose lease has ended before a moment. */
    async abandoned(moment: IsoTime, limit: number): Promise<readonly Cell[]> {
      return collection
        .find({ status: 'cancelled', lease_until: { $lt: moment } })
        .sort({ lease_until: 1, _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** Whether any cell of a run is open, of one category if one is given. Asked whenever a cell ends, so the first will do. */
    async hasOpen(tenant: Tenancy, run_id: string, category?: string): Promise<boolean> {
      const open = { ...within(tenant), run_id, status: OPEN, ...(category !== undefined && { category }) };
      return (await collection.findOne(open, { projection: { _id: 1 } })) !== null;
    },

    /** Calls made so far by all cells of a run, as of the last beats of those that are worked on. */
    async callsOfRun(tenant: Tenancy, run_id: string): Promise<number> {
      const [sums] = await collection
        .aggregate<{ ended: number; under_way: number }>([
          { $match: { ...within(tenant), run_id } },
          { $group: { _id: null, ended: { $sum: '$api_calls' }, under_way: { $sum: '$under_way.api_calls' } } },
        ])
        .toArray();
      return sums ? sums.ended + sums.under_way : 0;
    },

    /** Every cell of a run, in the order of their keys, one after the other. */
    ofRun(whose: Tenancy | Visibility, run_id: string): AsyncIterable<Cell> {
      return collection.find({ ...within(whose), run_id }, STREAMED);
    },

    /** Counts a further message of cells of one tenant that wait and count as not sent; those that still do, with their number. */
    async countSend(cells: readonly Cell[]): Promise<readonly Cell[]> {
      const [first] = cells;
      if (!first) return [];
      const unsent = {
        ...within(first),
        _id: { $in: cells.map(({ _id }) => _id) },
        status: 'waiting' as const,
        sent_at: { $exists: false },
      };
      await collection.updateMany(unsent, { $inc: { send_no: 1 } });
      return collection.find(unsent).sort({ _id: 1 }).toArray();
    },

    /** A page of a run's cells, of one status if one is given, in the order of their keys. */
    async page(
      whose: Visibility,
      run_id: string,
      limit: number,
      after?: string,
      status?: CellStatus,
    ): Promise<readonly Cell[]> {
      const rest = { ...(status && { status }), ...(after !== undefined && { _id: { $gt: after } }) };
      return collection
        .find({ ...within(whose), run_id, ...rest })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** How far the cells of a run are, those that are worked on as of the last beat of their leases. */
    progressOf: (whose: Visibility, run_id: string): Promise<CellsProgress> =>
      cellsProgress(collection, { ...within(whose), run_id }),

    /** Makes cells ready to be sent again whose lease ends before a moment, or whose message has not been taken up since another. */
    async reopenStale(tenant: Tenancy, run_id: string, lease_ends: IsoTime, sent_before: IsoTime): Promise<number> {
      const result = await collection.updateMany(
        {
          ...within(tenant),
          run_id,
          $or: [
            { status: before('waiting'), lease_until: { $lt: lease_ends } },
            { status: 'waiting', sent_at: { $lt: sent_before } },
          ],
        },
        { $set: { status: 'waiting' }, $unset: { owner: '', lease_until: '', sent_at: '' } },
      );
      return result.modifiedCount;
    },
  };
}

/** Which statuses a filter lets through comes from the table of statuses and from nowhere else. */
const before = (next: CellStatus) => ({ $in: [...cellStatusesBefore(next)] });
const OPEN = { $in: [...OPEN_CELL_STATUSES] };

export type CellStore = ReturnType<typeof cellStore>;

const mine = (cell: Cell) => {
  if (cell.owner === undefined) throw new Error(`cell ${cell._id} is held by nobody`);
  return { ...within(cell), _id: cell._id, owner: cell.owner, status: 'running' as const };
};

const pick = (progress: CellProgress): CellProgress => ({
  coverage: progress.coverage,
  counts: progress.counts,
  wrote: progress.wrote,
  observed: progress.observed,
  errors: progress.errors,
  api_calls: progress.api_calls,
  ...(progress.worked && { worked: progress.worked }),
});

const lost = (cell: Cell): FenceLost => new FenceLost(`cell ${cell._id} is no longer held by ${cell.owner}`);
