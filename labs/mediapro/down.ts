import { runCommand } from '../../bin/terminal/run-command.ts';
import { downEstate, downSpokeRoles } from './estate.ts';
import { labFrom } from './lab.ts';

await runCommand(async () => {
  const { world, placement, emulated } = await labFrom(process.env);
  await downEstate(world, placement);
  // Elsewhere the spoke roles are the StackSet's.
  if (emulated) await downSpokeRoles(world, placement);
  process.stdout.write('The resources of the estate are gone. Accounts, unit and organization are as they were.\n');
  return 0;
});
