import type { Db } from 'mongodb';
import type { TenantId } from '../kernel/ids.ts';
import { later, MINUTE } from '../kernel/time.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';

/** Requests of a tenant within one window of time. The database forgets it by itself. */
interface RateWindow {
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly requests: number;
  /** A date and no text: the index that forgets asks for one. */
  readonly expires_at: Date;
}

export const RATE_WINDOWS: CollectionPlan = {
  name: 'rate_windows',
  indexes: [{ key: { expires_at: 1 }, expireAfterSeconds: 0 }],
};

export function rateWindowStore(db: Db) {
  const collection = collectionOf<RateWindow>(db, RATE_WINDOWS);

  /** Counts by one unless the window is full: then there is no such document to change, and none can be made beside it. */
  const counted = async (tenant_id: TenantId, window: Date, most: number): Promise<boolean> => {
    try {
      await collection.updateOne(
        { _id: `${tenant_id}/${window.toISOString()}`, tenant_id, requests: { $lt: most } },
        { $inc: { requests: 1 }, $setOnInsert: { expires_at: later(window, 2 * MINUTE) } },
        { upsert: true },
      );
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  };

  return {
    /**
     * Counts a request of a tenant in a window, by one update; false where `most` have been counted. All functions count in
     * the same document.
     */
    async admit(tenant_id: TenantId, window: Date, most: number): Promise<boolean> {
      // Two that both find no document make one: the second of them is not one too many, and counts again.
      return (await counted(tenant_id, window, most)) || counted(tenant_id, window, most);
    },
  };
}

export type RateWindowStore = ReturnType<typeof rateWindowStore>;
