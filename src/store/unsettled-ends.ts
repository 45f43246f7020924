import type { Db } from 'mongodb';
import type { Unsettled, UnsettledEnds } from '../inventory/stores.ts';
import { hashOf } from '../kernel/canonical.ts';
import { derivedId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { STREAMED } from './stream.ts';

interface StoredNote extends UnsettledEnds {
  readonly tenant_id: string;
  readonly cell_id: string;
  readonly noted_at: IsoTime;
}

export const UNSETTLED_ENDS: CollectionPlan = {
  name: 'unsettled_ends',
  indexes: [{ key: { tenant_id: 1, cell_id: 1, _id: 1 } }, { key: { tenant_id: 1, noted_at: 1 } }],
};

/** Entities that cells were about to leave without a claim or an edge: nearly always empty. */
export function unsettledEndStore(db: Db) {
  const collection = collectionOf<StoredNote>(db, UNSETTLED_ENDS);
  return {
    async note(tenant_id: string, cell_id: string, noted_at: IsoTime, entity_ids: readonly string[]): Promise<void> {
      await collection.updateOne(
        { _id: derivedId(tenant_id, cell_id, hashOf(entity_ids)) },
        { $set: { tenant_id, cell_id, noted_at, entity_ids } },
        { upsert: true },
      );
    },

    ofCell: (tenant_id: string, cell_id: string): AsyncIterable<UnsettledEnds> =>
      collection.find({ tenant_id, cell_id }, STREAMED),

    notedBefore: (tenant_id: string, before: IsoTime): AsyncIterable<UnsettledEnds> =>
      collection.find({ tenant_id, noted_at: { $lt: before } }, STREAMED),

    async settled(tenant_id: string, _id: string): Promise<void> {
      await collection.deleteOne({ _id, tenant_id });
    },
  } satisfies Unsettled;
}

export type UnsettledEndStore = ReturnType<typeof unsettledEndStore>;
