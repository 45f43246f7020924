import type { Collection, Db } from 'mongodb';
import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { StitchDue } from '../stitch/stitch-due.ts';
import { type RaisedTrigger, type StitchTrigger, withTrigger } from '../stitch/stitch-trigger.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';

export const STITCH_DUE: CollectionPlan = {
  name: 'stitch_due',
  indexes: [{ key: { due_at: 1 }, sparse: true }],
};

export function stitchDueStore(db: Db) {
  const collection = collectionOf<StitchDue>(db, STITCH_DUE);
  return {
    async get(tenant_id: TenantId): Promise<StitchDue | undefined> {
      return (await collection.findOne({ _id: tenant_id, tenant_id })) ?? undefined;
    },

    /**
     * Raises the generation; the first change since the last stitch is remembered as such. By compare-and-set: not every
     * server answers a find-and-modify with the document as that very call left it.
     */
    async raise(tenant_id: TenantId, now: IsoTime, due_at: IsoTime, trigger: StitchTrigger): Promise<number> {
      for (;;) {
        const due = await this.get(tenant_id);
        const generation = (due?.generation ?? 0) + 1;
        const raise = { generation, now, due_at, triggers: withTrigger(due?.triggers, trigger, generation) };
        if (due ? await raised(collection, due, raise) : await begun(collection, tenant_id, raise)) return generation;
      }
    },

    /** Takes the tenant's stitch unless somebody alive has it. */
    async take(tenant_id: TenantId, owner: string, now: IsoTime, lease_until: IsoTime): Promise<StitchDue | undefined> {
      const taken = await collection.findOneAndUpdate(
        {
          _id: tenant_id,
          tenant_id,
          $or: [{ owner: { $exists: false } }, { owner }, { lease_until: { $lt: now } }],
        },
        { $set: { owner, lease_until } },
        { returnDocument: 'after' },
      );
      return taken ?? undefined;
    },

    /** Extends the lease; false where it has been lost. */
    async renew(tenant_id: TenantId, owner: string, lease_until: IsoTime): Promise<boolean> {
      const result = await collection.updateOne({ _id: tenant_id, tenant_id, owner }, { $set: { lease_until } });
      return result.matchedCount === 1;
    },

    /** Ends a stitch: what it read is stitched, and only if nothing came since is nothing due any more. What came has been gathering since `read_at` at the earliest. */
    async clear(tenant_id: TenantId, owner: string, generation: number, read_at: IsoTime): Promise<void> {
      const mine = { _id: tenant_id, tenant_id, owner };
      await collection.updateOne({ ...mine, generation }, { $unset: { first_at: '', due_at: '', triggers: '' } });
      await collection.updateOne(
        { ...mine, generation: { $gt: generation } },
        { $max: { first_at: read_at }, $pull: { triggers: { generation: { $lte: generation } } } },
      );
      await collection.updateOne(mine, {
        $max: { stitched_generation: generation },
        $unset: { owner: '', lease_until: '' },
      });
    },

    /** Lets the tenant's stitch go without having done it. */
    async release(tenant_id: TenantId, owner: string): Promise<void> {
      await collection.updateOne({ _id: tenant_id, tenant_id, owner }, { $unset: { owner: '', lease_until: '' } });
    },

    /** Stitches that were due before a moment and did not happen: their message was lost. */
    async overdue(before: IsoTime, limit: number): Promise<readonly StitchDue[]> {
      return collection
        .find({ due_at: { $lt: before } })
        .sort({ due_at: 1, _id: 1 })
        .limit(limit)
        .toArray();
    },
  };
}

export type StitchDueStore = ReturnType<typeof stitchDueStore>;

interface Raise {
  readonly generation: number;
  readonly now: IsoTime;
  readonly due_at: IsoTime;
  readonly triggers: readonly RaisedTrigger[];
}

async function raised(
  collection: Collection<StitchDue>,
  due: StitchDue,
  { generation, now, due_at, triggers }: Raise,
): Promise<boolean> {
  const asRead = { _id: due._id, tenant_id: due.tenant_id, generation: due.generation };
  const result = await collection.updateOne(
    { ...asRead, first_at: due.first_at ?? { $exists: false } },
    { $set: { generation, due_at, first_at: due.first_at ?? now, triggers } },
  );
  return result.matchedCount === 1;
}

async function begun(
  collection: Collection<StitchDue>,
  tenant_id: TenantId,
  { now, due_at, triggers }: Raise,
): Promise<boolean> {
  try {
    await collection.insertOne({
      _id: tenant_id,
      tenant_id,
      generation: 1,
      stitched_generation: 0,
      first_at: now,
      due_at,
      triggers,
    });
    return true;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}
