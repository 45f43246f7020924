import {
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  DescribeOrganizationCommand,
  ListParentsCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
  paginateListAccounts,
  paginateListOrganizationalUnitsForParent,
} from '@aws-sdk/client-organizations';
import type { World } from '../world.ts';
import { ACCOUNT_NAMES, ORGANIZATIONAL_UNIT } from './names.ts';
import type { Placement } from './placement.ts';

/** The organization around the estate. */
export interface Organization {
  readonly id: string;
  /** Neither the hub nor any part of the estate is in it. */
  readonly management_account: string;
  readonly root_id: string;
  readonly unit_id: string;
  readonly placement: Placement;
}

/**
 * Makes the unit and the three accounts where they are not there yet, found by name, and moves the accounts into the unit.
 * For the emulator, where the organization of an account exists as soon as it asks and CreateAccount answers at once: a lab
 * makes no real accounts.
 */
export async function ensureOrganization(world: World, management_account: string): Promise<Organization> {
  const client = new OrganizationsClient(world.client(management_account));
  try {
    const { Organization: described } = await client.send(new DescribeOrganizationCommand({}));
    const { Roots } = await client.send(new ListRootsCommand({}));
    const id = present(described?.Id, 'the id of the organization');
    const root_id = present(Roots?.[0]?.Id, 'the root of the organization');
    const unit_id = await ensureUnit(client, root_id);
    const known = await accountsByName(client);
    const ensure = async (name: string): Promise<string> => {
      const account = known.get(name) ?? (await createAccount(client, name));
      await moveInto(client, account, unit_id);
      return account;
    };
    const accounts = {
      security: await ensure(ACCOUNT_NAMES.security),
      workloads: await ensure(ACCOUNT_NAMES.workloads),
      data: await ensure(ACCOUNT_NAMES.data),
    };
    const placement = { region: world.region, organization_id: id, accounts };
    return { id, management_account, root_id, unit_id, placement };
  } finally {
    client.destroy();
  }
}

async function ensureUnit(client: OrganizationsClient, root_id: string): Promise<string> {
  for await (const page of paginateListOrganizationalUnitsForParent({ client }, { ParentId: root_id })) {
    const unit = page.OrganizationalUnits?.find(({ Name }) => Name === ORGANIZATIONAL_UNIT);
    if (unit?.Id) return unit.Id;
  }
  const { OrganizationalUnit: made } = await client.send(
    new CreateOrganizationalUnitCommand({ ParentId: root_id, Name: ORGANIZATIONAL_UNIT }),
  );
  return present(made?.Id, 'the id of the new unit');
}

async function accountsByName(client: OrganizationsClient): Promise<ReadonlyMap<string, string>> {
  const accounts = new Map<string, string>();
  for await (const page of paginateListAccounts({ client }, {})) {
    for (const { Id, Name } of page.Accounts ?? []) if (Id && Name) accounts.set(Name, Id);
  }
  return accounts;
}

/** Makes an account in the organization; gives its id. The emulator's CreateAccount answers at once. */
export async function createAccount(client: OrganizationsClient, AccountName: string): Promise<string> {
  const { CreateAccountStatus: status } = await client.send(
    new CreateAccountCommand({ AccountName, Email: `${AccountName}@mediapro.example` }),
  );
  return present(status?.AccountId, `the id of the new account ${AccountName} (${status?.State})`);
}

async function moveInto(client: OrganizationsClient, AccountId: string, DestinationParentId: string): Promise<void> {
  const { Parents } = await client.send(new ListParentsCommand({ ChildId: AccountId }));
  const SourceParentId = present(Parents?.[0]?.Id, `the parent of account ${AccountId}`);
  if (SourceParentId === DestinationParentId) return;
  await client.send(new MoveAccountCommand({ AccountId, SourceParentId, DestinationParentId }));
}

function present(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`AWS did not say ${what}`);
  return value;
}
