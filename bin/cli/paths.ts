import { type Command, Option } from 'commander';
import type { ShownPath } from '../../lambdas/api/answers/paths.ts';
import type { ApiClient } from '../api-client.ts';
import type { PathFilter } from '../results-client.ts';
import { showPath } from '../terminal/path-picture.ts';
import { UsageError } from '../usage-error.ts';
import type { Cli } from './cli.ts';
import { type Columns, showList } from './list.ts';

/** Hex digits of an id that a table shows: enough to tell the paths of a tenant apart. */
const SHORT_ID = 12;

/** Hex digits of a whole id. */
const WHOLE_ID = 64;

interface ListOptions {
  readonly workload?: string;
  readonly resource?: string;
  readonly crossAccount?: boolean;
  readonly sameAccount?: boolean;
}

/** `throughline paths`: what workloads can reach, and how we know. */
export function addPaths(program: Command, cli: Cli): void {
  const paths = program.command('paths').description('what workloads can reach, and how we know');

  paths
    .command('list')
    .description('all of them, or those that fit every filter')
    .option('--workload <arn>', 'that begin at it')
    .option('--resource <arn>', 'that end at it')
    .addOption(new Option('--cross-account', 'that leave the account of the workload').conflicts('sameAccount'))
    .option('--same-account', 'that stay in it')
    .action(async (options: ListOptions) => {
      cli.tell(await cli.api().listPaths(filterOf(options)), (paths, screen) =>
        showList(
          paths,
          PATH_COLUMNS,
          'no such paths. They are computed after a run that brought something: see stitches list',
          screen,
        ),
      );
    });

  paths
    .command('show')
    .description('one of them, hop by hop, with the evidence of each')
    .argument('<id>', 'its id, or the beginning of it that the list shows')
    .action(async (id: string) => {
      const api = cli.api();
      const path = await api.getPath(await wholeId(api, id));
      cli.tell(path, (shown, screen) => showPath(shown, new Map(), screen));
    });
}

const filterOf = ({ workload, resource, crossAccount, sameAccount }: ListOptions): PathFilter => ({
  ...(workload !== undefined && { workload }),
  ...(resource !== undefined && { resource }),
  ...((crossAccount || sameAccount) && { crosses_account_boundary: crossAccount === true }),
});

/** The id that a beginning stands for. @throws UsageError where it stands for several, or for none. */
async function wholeId(api: ApiClient, id: string): Promise<string> {
  if (id.length >= WHOLE_ID) return id;
  const fitting = (await api.listPaths()).filter(({ _id }) => _id.startsWith(id));
  const [one] = fitting;
  if (one && fitting.length === 1) return one._id;
  throw new UsageError(
    `${fitting.length === 0 ? 'no path has' : `${fitting.length} paths have`} an id that begins with "${id}". See: paths list`,
  );
}

/** How a list of paths is shown. */
export const PATH_COLUMNS: Columns<ShownPath> = [
  ['path', ({ _id }) => _id.slice(0, SHORT_ID)],
  ['workload', ({ workload }) => workload.display_name],
  ['of account', ({ workload }) => workload.account_id ?? ''],
  ['reaches', ({ resource }) => resource.display_name],
  ['of account', ({ resource }) => resource.account_id ?? ''],
  ['access', ({ access_level }) => access_level],
  ['verdict', ({ verdict }) => verdict],
  ['hops', ({ hops }) => String(hops.length)],
  ['others', ({ alternatives, alternatives_capped }) => `${alternatives}${alternatives_capped ? '+' : ''}`],
];
