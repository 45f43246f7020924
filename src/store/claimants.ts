import type { Db } from 'mongodb';
import { type Claimant, claimantKey } from '../inventory/claim.ts';
import type { Claimants } from '../inventory/stores.ts';
import { derivedId } from '../kernel/ids.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { STREAMED } from './stream.ts';

interface ClaimantDocument extends Claimant {
  readonly _id: string;
  readonly tenant_id: string;
}

export const CLAIMANTS: CollectionPlan = { name: 'claimants', indexes: [{ key: { tenant_id: 1, _id: 1 } }] };

/** Everybody who ever claimed an entity or edge. */
export function claimantStore(db: Db) {
  const collection = collectionOf<ClaimantDocument>(db, CLAIMANTS);
  const idOf = (tenant_id: string, by: Claimant): string => derivedId(tenant_id, claimantKey(by));

  return {
    async register(tenant_id: string, by: Claimant): Promise<void> {
      const { instance_id, cell, collector, region } = by;
      await collection.updateOne(
        { _id: idOf(tenant_id, by) },
        { $setOnInsert: { tenant_id, instance_id, cell, collector, region } },
        { upsert: true },
      );
    },

    async *all(tenant_id: string): AsyncGenerator<Claimant> {
      for await (const { instance_id, cell, collector, region } of collection.find({ tenant_id }, STREAMED)) {
        yield { instance_id, cell, collector, region };
      }
    },

    async unregister(tenant_id: string, by: Claimant): Promise<void> {
      await collection.deleteOne({ _id: idOf(tenant_id, by), tenant_id });
    },
  } satisfies Claimants;
}

export type ClaimantStore = ReturnType<typeof claimantStore>;
