import type { Db } from 'mongodb';
import type { OutboxEntry, WithOutbox } from '../control/audit.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { flushOutbox } from './outbox.ts';
import { within } from './tenancy.ts';

interface Versioned extends Tenancy {
  readonly _id: string;
  readonly version: number;
}

/**
 * Writes what differs between two states of a document, with what must follow from that, if the document is still the one that
 * was read; whether it was. Fields that both states have alike are left as they are: others may be at them.
 */
export async function changeDocument<T extends Versioned>(
  db: Db,
  plan: CollectionPlan,
  before: T,
  after: T,
  outbox: readonly OutboxEntry[],
): Promise<boolean> {
  const old = new Map<string, unknown>(Object.entries(before));
  const now = new Map<string, unknown>(Object.entries(after));
  const set = [...now].filter(([name, value]) => canonicalJson(old.get(name)) !== canonicalJson(value));
  const unset = [...old.keys()].filter((name) => now.get(name) === undefined);
  const { matchedCount } = await collectionOf<Versioned & WithOutbox>(db, plan).updateOne(
    { ...within(before), _id: before._id, version: before.version },
    {
      $set: Object.fromEntries(set),
      ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map((name) => [name, ''])) }),
      $push: { outbox: { $each: [...outbox] } },
    },
  );
  if (matchedCount === 0) return false;
  await flushOutbox(db, plan, before, before._id);
  return true;
}
