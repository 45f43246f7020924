import type { Collection, Filter, IndexDescription } from 'mongodb';
import type { Claimant } from '../inventory/claim.ts';
import type { Replacement } from '../inventory/rewrite.ts';
import type { ClaimedDocument, ClaimHeads, IdRange } from '../inventory/stores.ts';
import type { IsoTime } from '../kernel/time.ts';
import { writeAsExpected } from './compare-and-set.ts';
import { STREAMED } from './stream.ts';

/** What entities and edges have in common as documents. */
export type StoredClaims = ClaimedDocument<unknown>;

/** Indexes of both. Whole indexes, not partial ones: the local server does not know those. */
export const CLAIMED_INDEXES: readonly IndexDescription[] = [
  { key: { tenant_id: 1, retired_at: 1, _id: 1 } },
  { key: { tenant_id: 1, 'claims.by.instance_id': 1, 'claims.by.cell': 1, _id: 1 } },
  { key: { tenant_id: 1, workspace_ids: 1, _id: 1 } },
];

/** Live means not retired. */
export const LIVE = { retired_at: { $exists: false } } as const;

/** The part of a store that entities and edges share. `D` is the document type of the collection. */
export function claimedStore<D extends StoredClaims>(collection: Collection<StoredClaims>) {
  const some = (tenant_id: string, ids: readonly string[]): Filter<StoredClaims> => ({ tenant_id, _id: { $in: ids } });

  return {
    getMany: (tenant_id: string, ids: readonly string[]): Promise<readonly D[]> =>
      collection.find<D>(some(tenant_id, ids)).toArray(),

    writeMany: (tenant_id: string, replacements: readonly Replacement<D>[]): Promise<readonly string[]> =>
      writeAsExpected(collection, tenant_id, replacements),

    claimHeads: (tenant_id: string, ids: readonly string[]): Promise<readonly ClaimHeads[]> =>
      collection.find<ClaimHeads>(some(tenant_id, ids), { projection: HEADS }).toArray(),

    heldBy: (
      tenant_id: string,
      { instance_id, cell }: Pick<Claimant, 'instance_id' | 'cell'>,
      { from, to }: IdRange,
    ): AsyncIterable<ClaimHeads> =>
      collection.find<ClaimHeads>(
        {
          tenant_id,
          claims: { $elemMatch: { 'by.instance_id': instance_id, 'by.cell': cell } },
          _id: { $gte: from, $lt: to },
        },
        { ...STREAMED, projection: HEADS },
      ),

    /** Live documents that an instance of one of these workspaces claims; of all workspaces where none are named. Without claims. */
    streamLive: (tenant_id: string, workspace_ids?: readonly string[]): AsyncIterable<Omit<D, 'claims'>> =>
      collection.find<Omit<D, 'claims'>>(
        { tenant_id, ...LIVE, ...(workspace_ids && { workspace_ids: { $in: workspace_ids } }) },
        { ...STREAMED, projection: { claims: 0 } },
      ),

    /** Live documents that nobody claims: far ends. Without claims. */
    streamUnclaimed: (tenant_id: string): AsyncIterable<Omit<D, 'claims'>> =>
      collection.find<Omit<D, 'claims'>>(
        { tenant_id, ...LIVE, workspace_ids: [] },
        { ...STREAMED, projection: { claims: 0 } },
      ),

    async forgetRetired(tenant_id: string, before: IsoTime, limit: number): Promise<readonly string[]> {
      const due: Filter<StoredClaims> = { tenant_id, retired_at: { $lt: before } };
      const rows = await collection
        .find<{ _id: string }>(due, { projection: { _id: 1 } })
        .limit(limit)
        .toArray();
      const ids = rows.map(({ _id }) => _id);
      if (ids.length > 0) await collection.deleteMany({ ...due, _id: { $in: ids } });
      return ids;
    },
  };
}

/** Claims without their facts. */
export const HEADS = {
  'claims.by': 1,
  'claims.hash': 1,
  'claims.seq': 1,
  'claims.first_seq': 1,
} as const;
