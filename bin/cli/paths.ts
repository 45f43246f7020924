import { type Command, Option } from 'commander';
import type { ShownPath } from '../../lambdas/api/answers/paths.ts';
import { ACCESS_LEVELS } from '../../src/graph/access-levels.ts';
import type { PathFilter } from '../results-client.ts';
import { showPath } from '../terminal/path-picture.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { type Columns, noteOfMore, showList } from './list.ts';
import { addPathQuestions } from './path-questions.ts';
import { shortId, wholeId } from './whole-id.ts';

interface ListOptions {
  readonly workload?: string;
  readonly resource?: string;
  readonly identity?: string;
  readonly account?: string;
  readonly rule?: string;
  readonly access?: string;
  readonly unconditional?: boolean;
  readonly crossAccount?: boolean;
  readonly sameAccount?: boolean;
  readonly crossConnector?: boolean;
  readonly crossOrganization?: boolean;
  readonly limit: number;
}

/** `throughline paths`: what workloads can reach, and how we know. */
export function addPaths(program: Command, cli: Cli): void {
  const paths = program.command('paths').description('what workloads can reach, and how we know');

  paths
    .command('list')
    .description('those that fit every filter')
    .option('--workload <arn>', 'that begin at it')
    .option('--resource <arn>', 'that end at it')
    .option('--identity <id>', 'that go over this canonical identity')
    .option('--account <id>', 'of which something lives in this AWS account')
    .option('--rule <id>', 'that go over a correlation of this rule')
    .addOption(new Option('--access <level>', 'that end with it').choices(ACCESS_LEVELS))
    .option('--unconditional', 'that hold whatever the conditions')
    .addOption(new Option('--cross-account', 'that leave the account of the workload').conflicts('sameAccount'))
    .option('--same-account', 'that stay in it')
    .option('--cross-connector', 'that another kind of connector has seen a part of')
    .option('--cross-organization', 'that leave the organization or tenant of the workload')
    .option('--limit <number>', 'how many', positive, 1_000)
    .action(async (options: ListOptions) => {
      cli.tell(await cli.api().listPaths(filterOf(options), options.limit), (all, screen) => {
        showList(
          all,
          PATH_COLUMNS,
          'no such paths. They are computed after a run that brought something: see stitches list',
          screen,
        );
        noteOfMore(all, options.limit, screen);
      });
    });

  paths
    .command('show')
    .description('one of them, hop by hop, with the evidence of each')
    .argument('<id>', 'its id, or the beginning of it that the list shows')
    .action(async (id: string) => {
      const api = cli.api();
      const what = { one: 'path', several: 'paths', see: 'paths list' };
      const path = await api.getPath(await wholeId(id, what, () => api.listPaths()));
      cli.tell(path, (shown, screen) => showPath(shown, new Map(), screen));
    });

  addPathQuestions(paths, cli);
}

const filterOf = (options: ListOptions): PathFilter => {
  const { workload, resource, identity, account, rule, access, unconditional } = options;
  const { crossAccount, sameAccount, crossConnector, crossOrganization } = options;
  return {
    ...(workload !== undefined && { workload }),
    ...(resource !== undefined && { resource }),
    ...(identity !== undefined && { identity }),
    ...(account !== undefined && { account }),
    ...(rule !== undefined && { rule }),
    ...(access !== undefined && { access_level: access }),
    ...(unconditional && { condition_free: true }),
    ...((crossAccount || sameAccount) && { crosses_account_boundary: crossAccount === true }),
    ...(crossConnector && { crosses_connector_boundary: true }),
    ...(crossOrganization && { crosses_organization_boundary: true }),
  };
};

/** How a list of paths is shown. */
export const PATH_COLUMNS: Columns<ShownPath> = [
  ['path', ({ _id }) => shortId(_id)],
  ['workload', ({ workload }) => workload.display_name],
  ['of account', ({ workload }) => workload.account_id ?? ''],
  ['reaches', ({ resource }) => resource.display_name],
  ['of account', ({ resource }) => resource.account_id ?? ''],
  ['access', ({ access_level }) => access_level],
  ['verdict', ({ verdict }) => verdict],
  ['hops', ({ hops }) => String(hops.length)],
  ['others', ({ alternatives, alternatives_capped }) => `${alternatives}${alternatives_capped ? '+' : ''}`],
];
