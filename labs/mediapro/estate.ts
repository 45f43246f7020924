import { externalIdOf } from '../../src/control/connector-instance.ts';
import { organizationRoleTemplate } from '../../stacksets/organization-role.ts';
import { SPOKE_ROLE_NAME, spokeRoleTemplate } from '../../stacksets/spoke-role.ts';
import { deleteStack, deployStack, type StackChange, type StackOrder } from '../deploy-stack.ts';
import { makeApart, removeApart, splitTemplate } from '../resources-apart.ts';
import type { World } from '../world.ts';
import { TENANT } from './names.ts';
import type { Placement } from './placement.ts';
import { type EstateTemplate, synthesize } from './stacks.ts';

/** Name of the stack that holds the spoke role. In real life a StackSet of the hub brings it. */
export const SPOKE_STACK = 'throughline-spoke-role';
const ORGANIZATION_STACK = 'throughline-organization-role';

/** The hub that may look at the estate. */
export interface HubIdentity {
  readonly account: string;
  /** Name, without a path, of the role that its AWS collector runs as: `<name of the hub>-collect-aws`. */
  readonly collector_role_name: string;
  /** @default enterprise-nimbus */
  readonly tenant_id?: string;
}

/** What was done, a line for each stack. */
export interface EstateChange {
  readonly account: string;
  readonly stack: string;
  readonly change: StackChange;
}

/** Puts the estate's resources where the placement says. Again changes nothing. */
export async function upEstate(world: World, placement: Placement): Promise<readonly EstateChange[]> {
  const changes: EstateChange[] = [];
  // One after the other: the trust policies of mp-data name roles of mp-workloads.
  for (const { account, order, apart } of ordersOf(world, placement)) {
    changes.push({ account, stack: order.name, change: await deployStack(world, order) });
    await makeApart(world, account, apart);
  }
  return changes;
}

/** Removes the estate's resources. Accounts, unit and organization stay: nothing here ever closes an account. */
export async function downEstate(world: World, placement: Placement): Promise<void> {
  for (const { account, order, apart } of ordersOf(world, placement).toReversed()) {
    await removeApart(world, account, apart);
    await deleteStack(world, account, order.name);
  }
}

/** Puts the spoke role into every account of the estate, for where no StackSet does. */
export async function upSpokeRoles(
  world: World,
  placement: Pick<Placement, 'organization_id'> & { readonly accounts: Readonly<Record<string, string>> },
  hub: HubIdentity,
): Promise<readonly EstateChange[]> {
  const template = JSON.stringify(spokeRoleTemplate());
  return Promise.all(
    Object.values(placement.accounts).map(async (account) => ({
      account,
      stack: SPOKE_STACK,
      change: await deployStack(world, { ...trusting(hub, placement, account, template), name: SPOKE_STACK }),
    })),
  );
}

/** Removes the spoke roles. */
export async function downSpokeRoles(world: World, placement: Placement): Promise<void> {
  await Promise.all(Object.values(placement.accounts).map((account) => deleteStack(world, account, SPOKE_STACK)));
}

/** Lets the hub list the organization from the management account, where it is no delegated administrator. Gives the role's ARN. */
export async function upOrganizationRole(
  world: World,
  management_account: string,
  placement: Placement,
  hub: HubIdentity,
): Promise<void> {
  const template = JSON.stringify(organizationRoleTemplate());
  await deployStack(world, { ...trusting(hub, placement, management_account, template), name: ORGANIZATION_STACK });
}

/** The ARN of the spoke role in an account. */
export const spokeRoleArn = (account: string): string => `arn:aws:iam::${account}:role/${SPOKE_ROLE_NAME}`;

const trusting = (
  hub: HubIdentity,
  placement: Pick<Placement, 'organization_id'>,
  account: string,
  template: string,
): Omit<StackOrder, 'name'> => ({
  account,
  template,
  parameters: {
    HubAccountId: hub.account,
    CollectorRoleName: hub.collector_role_name,
    ExternalId: externalIdOf(hub.account, hub.tenant_id ?? TENANT),
    OrganizationId: placement.organization_id,
  },
});

interface PlacedOrder {
  readonly account: string;
  readonly order: StackOrder;
  readonly apart: ReturnType<typeof splitTemplate>['apart'];
}

const ordersOf = (world: World, placement: Placement): readonly PlacedOrder[] =>
  synthesize(placement).map(({ account: key, stack, template: whole }: EstateTemplate) => {
    const account = placement.accounts[key];
    const { template, apart } = splitTemplate(whole, world.unknown_types);
    return { account, apart, order: { account, name: stack, template } };
  });
