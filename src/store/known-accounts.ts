import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Tenancy } from '../kernel/ids.ts';
import type { KnownAccount } from '../runs/retire-cell.ts';
import { LIVE } from './claimed.ts';
import { ENTITIES } from './entities.ts';

/** What discovery says of an account: `src/connectors/aws/organizations/`. */
const Account = z.object({ properties: z.object({ account_id: z.string(), status: z.string() }) });

/** The live accounts that an instance claims, as its last discovery saw them. */
export async function knownAccounts(db: Db, tenant: Tenancy, instance_id: string): Promise<readonly KnownAccount[]> {
  const rows = await db
    .collection(ENTITIES.name)
    .find(
      { tenant_id: tenant.tenant_id, ...LIVE, entity_type: 'aws_account', 'claims.by.instance_id': instance_id },
      { projection: { 'properties.account_id': 1, 'properties.status': 1 } },
    )
    .toArray();
  return rows.flatMap((row) => {
    const account = Account.safeParse(row);
    return account.success ? [account.data.properties] : [];
  });
}
