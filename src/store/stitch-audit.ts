import type { Db, Filter } from 'mongodb';
import type { TenantId, Visibility } from '../kernel/ids.ts';
import type { StitchAuditEntry, StitchedKind } from '../stitch/audit-entry.ts';
import type { GenerationRange } from '../stitch/diff.ts';
import type { EntryHead } from '../stitch/stitch-entries.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { STREAMED } from './stream.ts';
import { visibleTo } from './visible.ts';

export const STITCH_AUDIT: CollectionPlan = {
  name: 'stitch_audit',
  indexes: [
    { key: { tenant_id: 1, generation: -1, _id: -1 } },
    { key: { tenant_id: 1, stitch_run_id: 1, generation: -1, _id: -1 } },
    { key: { tenant_id: 1, kind: 1, id: 1, generation: 1 } },
  ],
};

/** What of the entries is asked for; a field that is left out restricts nothing. */
export interface StitchAuditQuery {
  readonly stitch_run_id?: string | undefined;
  readonly kind?: StitchedKind | undefined;
  /** Id of the correlation, identity or path. */
  readonly id?: string | undefined;
  readonly change?: StitchAuditEntry['change'] | undefined;
}

/** Where a page of entries, newest stitch first, goes on. */
export interface StitchAuditCursor {
  readonly generation: number;
  readonly _id: string;
}

/** What each stitch made appear, change and go, and why. */
export function stitchAuditStore(db: Db) {
  const collection = collectionOf<StitchAuditEntry>(db, STITCH_AUDIT);
  return {
    /** Writes entries, each in the place of what was stored under its id. */
    async put(tenant_id: TenantId, entries: readonly StitchAuditEntry[]): Promise<void> {
      if (entries.length === 0) return;
      await collection.bulkWrite(
        entries.map((replacement) => ({
          replaceOne: { filter: { _id: replacement._id, tenant_id }, replacement, upsert: true },
        })),
        { ordered: false },
      );
    },

    /** Entries of stitches after a generation: of one that did not come to its end, when that was the last that did. */
    after: (tenant_id: TenantId, generation: number): AsyncIterable<EntryHead> =>
      collection.find<EntryHead>(
        { tenant_id, generation: { $gt: generation } },
        {
          ...STREAMED,
          projection: { kind: 1, id: 1, generation: 1, stitch_run_id: 1, before_hash: 1, after_hash: 1 },
        },
      ),

    getMany: (tenant_id: TenantId, ids: readonly string[]): Promise<readonly StitchAuditEntry[]> =>
      collection.find({ tenant_id, _id: { $in: [...ids] } }).toArray(),

    async remove(tenant_id: TenantId, ids: readonly string[]): Promise<void> {
      if (ids.length > 0) await collection.deleteMany({ tenant_id, _id: { $in: [...ids] } });
    },

    /** Entries of which the caller sees every member, newest stitch first. */
    async list(
      whose: Visibility,
      { stitch_run_id, kind, id, change }: StitchAuditQuery,
      limit: number,
      after?: StitchAuditCursor,
    ): Promise<readonly StitchAuditEntry[]> {
      const filter: Filter<StitchAuditEntry> = {
        ...visibleTo(whose),
        ...(stitch_run_id !== undefined && { stitch_run_id }),
        ...(kind !== undefined && { kind }),
        ...(id !== undefined && { id }),
        ...(change !== undefined && { change }),
        ...(after && {
          $or: [{ generation: { $lt: after.generation } }, { generation: after.generation, _id: { $lt: after._id } }],
        }),
      };
      return collection.find(filter).sort({ generation: -1, _id: -1 }).limit(limit).toArray();
    },

    /** What became of paths after one generation and up to another, by path and then in the order of stitches; from a path on. */
    ofPaths: (
      tenant_id: TenantId,
      { from, to }: GenerationRange,
      after_path?: string,
    ): AsyncIterable<StitchAuditEntry> =>
      collection.find(
        {
          tenant_id,
          kind: 'path',
          ...(after_path !== undefined && { id: { $gt: after_path } }),
          generation: { $gt: from, $lte: to },
        },
        { sort: { id: 1, generation: 1 }, batchSize: STREAMED.batchSize },
      ),
  };
}

export type StitchAuditStore = ReturnType<typeof stitchAuditStore>;
