import type { Db } from 'mongodb';
import type { Fence, HeadName, Holder, Taken } from '../inventory/fence.ts';
import type { IsoTime } from '../kernel/time.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';

interface CellHead extends HeadName, Holder {
  readonly _id: string;
  readonly until: IsoTime;
}

export const CELL_HEADS: CollectionPlan = {
  name: 'cell_heads',
  indexes: [{ key: { tenant_id: 1, instance_id: 1, key: 1 } }],
};

/** Who writes for which cell. */
export function cellHeadStore(db: Db) {
  const collection = collectionOf<CellHead>(db, CELL_HEADS);
  const idOf = ({ tenant_id, instance_id, key }: HeadName): string => `${tenant_id}/${instance_id}/${key}`;

  return {
    async take(name: HeadName, { seq, owner }: Holder, now: IsoTime, until: IsoTime): Promise<Taken> {
      const _id = idOf(name);
      for (;;) {
        const { matchedCount } = await collection.updateOne(
          { _id, seq: { $lte: seq }, $or: [{ owner, seq }, { until: { $lte: now } }] },
          { $set: { seq, owner, until } },
        );
        if (matchedCount > 0) return { outcome: 'taken' };
        const head = await collection.findOne({ _id });
        if (head && head.seq > seq) return { outcome: 'superseded', seq: head.seq };
        if (head && head.until > now) return { outcome: 'busy', until: head.until };
        // Free in between, or never taken: ask again, or be the first.
        if (!head && (await first(name, { seq, owner }, until))) return { outcome: 'taken' };
      }
    },

    async renew(name: HeadName, { seq, owner }: Holder, until: IsoTime): Promise<boolean> {
      const { matchedCount } = await collection.updateOne({ _id: idOf(name), seq, owner }, { $set: { until } });
      return matchedCount > 0;
    },

    async release(name: HeadName, { seq, owner }: Holder, now: IsoTime): Promise<void> {
      await collection.updateOne({ _id: idOf(name), seq, owner }, { $set: { until: now } });
    },
  } satisfies Fence;

  async function first(name: HeadName, holder: Holder, until: IsoTime): Promise<boolean> {
    const { tenant_id, instance_id, key } = name;
    const { seq, owner } = holder;
    try {
      await collection.insertOne({ _id: idOf(name), tenant_id, instance_id, key, seq, owner, until });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}

/** Until when somebody may still write for a cell of an instance; undefined where nobody may. */
export async function writtenUntil(
  db: Db,
  tenant_id: string,
  instance_id: string,
  now: IsoTime,
): Promise<IsoTime | undefined> {
  const [last] = await collectionOf<CellHead>(db, CELL_HEADS)
    .find({ tenant_id, instance_id, until: { $gt: now } })
    .sort({ until: -1 })
    .limit(1)
    .toArray();
  return last?.until;
}

export type CellHeadStore = ReturnType<typeof cellHeadStore>;
