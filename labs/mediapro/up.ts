import { ApiClient } from '../../bin/api-client.ts';
import { tokensFrom } from '../../bin/credentials.ts';
import { runCommand } from '../../bin/terminal/run-command.ts';
import { connect } from './connect.ts';
import { type EstateChange, upEstate, upOrganizationRole, upSpokeRoles } from './estate.ts';
import { labFrom } from './lab.ts';
import { ACCOUNT_NAMES } from './names.ts';
import type { Placement } from './placement.ts';
import { connectSystems } from './reports/send.ts';
import { LAB_RULE, LAB_RULE_REASON, switchRule } from './rules.ts';

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
  await prepareHub(placement);
  return 0;
});

/** Makes instances and scopes, and switches the lab's rule on, where it is known which hub. */
async function prepareHub(placement: Placement): Promise<void> {
  const url = process.env.THROUGHLINE_API_URL;
  if (!url) {
    process.stdout.write('No hub is told of it: set THROUGHLINE_API_URL and run this again.\n');
    return;
  }
  const api = new ApiClient({ url, token: tokensFrom(process.env) });
  const { scope, identities } = await connect(api, placement);
  const systems = await connectSystems(api);
  await switchRule(api, LAB_RULE, true, LAB_RULE_REASON);
  process.stdout.write(
    `The hub at ${url} knows the estate: scopes ${scope._id} and ${identities._id}, ${systems.length} systems beside AWS; rule ${LAB_RULE} is on.\n`,
  );
}

function tell(changes: readonly EstateChange[]): void {
  for (const { account, stack, change } of changes) process.stdout.write(`${account} ${stack}: ${change}\n`);
}
