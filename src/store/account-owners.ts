import type { Db } from 'mongodb';
import type { AccountId, TenantId } from '../kernel/ids.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';

/** An account belongs to one tenant: its id is the document's, so that the database itself refuses a second owner. */
interface AccountOwner {
  readonly _id: AccountId;
  readonly tenant_id: TenantId;
}

export const ACCOUNT_OWNERS: CollectionPlan = { name: 'account_owners', indexes: [{ key: { tenant_id: 1, _id: 1 } }] };

/** Binds accounts to a tenant unless they are bound already; returns those that another tenant holds. `all_or_none`: binds none where there are such. */
export async function bindAccounts(
  db: Db,
  tenant_id: TenantId,
  account_ids: readonly AccountId[],
  { all_or_none = false }: { readonly all_or_none?: boolean } = {},
): Promise<readonly AccountId[]> {
  const collection = collectionOf<AccountOwner>(db, ACCOUNT_OWNERS);
  const wanted = [...account_ids];
  const present = await collection.find({ _id: { $in: wanted } }).toArray();
  const foreign = present.filter((owner) => owner.tenant_id !== tenant_id).map((owner) => owner._id);
  if (all_or_none && foreign.length > 0) return foreign;
  const known = new Set(present.map((owner) => owner._id));
  const missing = wanted.filter((id) => !known.has(id));
  if (missing.length > 0) {
    try {
      await collection.insertMany(
        missing.map((_id) => ({ _id, tenant_id })),
        { ordered: false },
      );
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
  const owners = await collection.find({ _id: { $in: wanted }, tenant_id: { $ne: tenant_id } }).toArray();
  return owners.map((owner) => owner._id);
}
