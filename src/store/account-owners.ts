import type { Db } from 'mongodb';
import type { Binder } from '../control/binder.ts';
import type { AccountId, TenantId } from '../kernel/ids.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';

/** An account belongs to one tenant: its id is the document's, so that the database itself refuses a second owner. */
interface AccountOwner {
  readonly _id: AccountId;
  readonly tenant_id: TenantId;
  /** The instances of the tenant that name or found the account. */
  readonly bound_by: readonly string[];
}

export const ACCOUNT_OWNERS: CollectionPlan = {
  name: 'account_owners',
  indexes: [{ key: { tenant_id: 1, _id: 1 } }, { key: { tenant_id: 1, bound_by: 1 } }],
};

/** Binds accounts to a tenant, through an instance, unless they are bound already; returns those that another tenant holds. `all_or_none`: binds none where there are such. */
export async function bindAccounts(
  db: Db,
  { tenant_id, instance_id }: Binder,
  account_ids: readonly AccountId[],
  { all_or_none = false }: { readonly all_or_none?: boolean } = {},
): Promise<readonly AccountId[]> {
  const collection = collectionOf<AccountOwner>(db, ACCOUNT_OWNERS);
  const wanted = [...new Set(account_ids)];
  const present = await collection.find({ _id: { $in: wanted } }).toArray();
  const foreign = present.filter((owner) => owner.tenant_id !== tenant_id).map((owner) => owner._id);
  if (all_or_none && foreign.length > 0) return foreign;
  const bound = new Set(present.filter((owner) => owner.bound_by.includes(instance_id)).map((owner) => owner._id));
  const missing = wanted.filter((id) => !bound.has(id) && !foreign.includes(id));
  if (missing.length === 0) return foreign;
  try {
    await collection.bulkWrite(
      missing.map((_id) => ({
        updateOne: { filter: { _id, tenant_id }, update: { $addToSet: { bound_by: instance_id } }, upsert: true },
      })),
      { ordered: false },
    );
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  // Of two who insert one account at once, one is refused: it may be the other's, or bound by another instance of ours.
  const owners = await collection.find({ _id: { $in: wanted } }).toArray();
  const held = owners.filter((owner) => owner.tenant_id !== tenant_id).map((owner) => owner._id);
  const lost = owners.some((owner) => owner.tenant_id === tenant_id && !owner.bound_by.includes(instance_id));
  return lost ? bindAccounts(db, { tenant_id, instance_id }, account_ids) : held;
}

/** Frees what is bound through an instance alone; what others of the tenant name or found stays. Harmless when repeated. */
export async function releaseAccounts(db: Db, { tenant_id, instance_id }: Binder): Promise<void> {
  const collection = collectionOf<AccountOwner>(db, ACCOUNT_OWNERS);
  await collection.updateMany({ tenant_id, bound_by: instance_id }, { $pull: { bound_by: instance_id } });
  // Who binds one of them in between adds itself first, or makes it anew: neither is deleted.
  await collection.deleteMany({ tenant_id, bound_by: { $size: 0 } });
}
