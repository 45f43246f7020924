import { type EstateChange, upEstate, upOrganizationRole, upSpokeRoles } from './estate.ts';
import { labFrom } from './lab.ts';
import { ACCOUNT_NAMES } from './names.ts';

const { world, placement, emulated } = await labFrom(process.env);
const tell = ({ account, stack, change }: EstateChange): void => {
  process.stdout.write(`${account} ${stack}: ${change}\n`);
};

for (const change of await upEstate(world, placement)) tell(change);
if (emulated) {
  const hub = {
    account: placement.accounts.security,
    collector_role_name: process.env.THROUGHLINE_COLLECTOR_ROLE ?? 'throughline-collect-aws',
  };
  for (const change of await upSpokeRoles(world, placement, hub)) tell(change);
  await upOrganizationRole(world, emulated.management_account, placement, hub);
} else {
  process.stdout.write(
    `The hub's StackSet brings the spoke role to ${ACCOUNT_NAMES.workloads} and ${ACCOUNT_NAMES.data}.\n`,
  );
}
