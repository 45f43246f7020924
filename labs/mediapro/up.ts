import { runCommand } from '../../bin/terminal/run-command.ts';
import { type EstateChange, upEstate, upOrganizationRole, upSpokeRoles } from './estate.ts';
import { labFrom } from './lab.ts';
import { ACCOUNT_NAMES } from './names.ts';

await runCommand(async () => {
  const { world, placement, emulated } = await labFrom(process.env);
  tell(await upEstate(world, placement));
  if (emulated) {
    const hub = {
      account: placement.accounts.security,
      collector_role_name: process.env.THROUGHLINE_COLLECTOR_ROLE ?? 'throughline-collect-aws',
    };
    tell(await upSpokeRoles(world, placement, hub));
    await upOrganizationRole(world, emulated.management_account, placement, hub);
  } else {
    process.stdout.write(
      `The hub's StackSet brings the spoke role to ${ACCOUNT_NAMES.workloads} and ${ACCOUNT_NAMES.data}.\n`,
    );
  }
  return 0;
});

function tell(changes: readonly EstateChange[]): void {
  for (const { account, stack, change } of changes) process.stdout.write(`${account} ${stack}: ${change}\n`);
}
