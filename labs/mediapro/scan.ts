import { ApiClient } from '../../bin/api-client.ts';
import { tokensFrom } from '../../bin/credentials.ts';
import { showPath } from '../../bin/terminal/path-picture.ts';
import { runCommand } from '../../bin/terminal/run-command.ts';
import { screenOn } from '../../bin/terminal/screen.ts';
import { CELL_HEAD, cellRows, scan } from '../../bin/terminal/watch-run.ts';
import { UsageError } from '../../bin/usage-error.ts';
import { connect } from './connect.ts';
import { labFrom } from './lab.ts';
import { ACCOUNT_NAMES } from './names.ts';
import { estateAddresses } from './reports/addresses.ts';
import { sendReports } from './reports/send.ts';

await runCommand(async () => {
  const url = process.env.THROUGHLINE_API_URL;
  if (!url) throw new UsageError('which hub? Set THROUGHLINE_API_URL to the output ApiUrl of its stack');
  const api = new ApiClient({ url, token: tokensFrom(process.env) });
  const { world, placement } = await labFrom(process.env);
  const { accounts } = placement;
  const screen = screenOn(process.stdout);

  const { scope } = await connect(api, placement);
  const { run, cells } = await scan(api, scope._id, screen);
  const names = new Map([
    [accounts.security, ACCOUNT_NAMES.security],
    [accounts.workloads, ACCOUNT_NAMES.workloads],
    [accounts.data, ACCOUNT_NAMES.data],
  ]);
  screen.table(CELL_HEAD, cellRows(cells, names));
  for (const { code, account_id, example, remedy } of run.errors) {
    screen.line(`   ${code} in ${account_id}: ${example}\n   What to do: ${remedy}`);
  }
  const reported = await sendReports(api, await estateAddresses(world, placement));
  for (const { seq, status, totals } of reported) {
    screen.line(`   report, run #${seq}: ${status}, ${totals?.observed ?? 0} records`);
  }
  screen.line(`   run #${run.seq} is ${run.status}. Paths as of the last stitch:`);
  for (const path of await api.listPaths()) showPath(path, new Map([[run._id, `#${run.seq}`]]), screen);
  return [run, ...reported].every(({ status }) => status === 'succeeded') ? 0 : 1;
});
