import type { Db } from 'mongodb';
import * as z from 'zod';
import type { AccountId, Tenancy } from '../kernel/ids.ts';
import type { EnabledRegions, KnownAccount } from '../runs/retire-cell.ts';
import { LIVE } from './claimed.ts';
import { ENTITIES } from './entities.ts';

/** What discovery says of an account: `src/connectors/aws/organizations/`. */
const Account = z.object({ properties: z.object({ account_id: z.string(), status: z.string() }) });

/** What an account says of itself: `src/connectors/aws/regions/`. */
const AccountWithRegions = z.object({
  properties: z.object({ account_id: z.string(), enabled_regions: z.array(z.string()).min(1) }),
});

/** The live accounts that an instance claims, as its last discovery saw them. */
export async function knownAccounts(db: Db, tenant: Tenancy, instance_id: string): Promise<readonly KnownAccount[]> {
  return (await claimedAccounts(db, tenant, instance_id, ['status'])).flatMap((row) => {
    const account = Account.safeParse(row);
    return account.success ? [account.data.properties] : [];
  });
}

/** The regions that are enabled in the accounts of an instance, as they were last told. */
export async function enabledRegions(db: Db, tenant: Tenancy, instance_id: string): Promise<EnabledRegions> {
  const regions = new Map<AccountId, readonly string[]>();
  for (const row of await claimedAccounts(db, tenant, instance_id, ['enabled_regions'])) {
    const account = AccountWithRegions.safeParse(row);
    if (account.success) regions.set(account.data.properties.account_id, account.data.properties.enabled_regions);
  }
  return regions;
}

const claimedAccounts = (
  db: Db,
  { tenant_id }: Tenancy,
  instance_id: string,
  properties: readonly string[],
): Promise<readonly unknown[]> =>
  db
    .collection(ENTITIES.name)
    .find(
      { tenant_id, ...LIVE, entity_type: 'aws_account', 'claims.by.instance_id': instance_id },
      { projection: Object.fromEntries(['account_id', ...properties].map((name) => [`properties.${name}`, 1])) },
    )
    .toArray();
