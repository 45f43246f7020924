import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { AWS_CATEGORIES } from '../../src/connectors/aws/categories.ts';
import type { IdentityCenterPlace } from '../../src/connectors/aws/session.ts';
import { isRegionName } from '../../src/control/instance-config.ts';
import { isAccountId } from '../../src/kernel/ids.ts';
import { SPOKE_ROLE_NAME } from '../../stacksets/spoke-role.ts';
import { positive } from '../cli/arguments.ts';
import { UsageError } from '../usage-error.ts';

/** What a scan was asked for. */
export interface ScanOptions {
  readonly profile?: string;
  readonly organization?: true;
  readonly accounts?: readonly string[];
  readonly direct?: true;
  readonly regions?: readonly string[];
  readonly allRegions?: true;
  readonly identityCenter?: IdentityCenterPlace;
  readonly serviceCategories: readonly string[];
  readonly roleName: string;
  readonly tenant: string;
  readonly workspace: string;
  readonly atOnce: number;
  readonly keep?: true;
  readonly out?: string;
  readonly readOnlyCheck?: true;
  readonly json?: true;
}

const MORE = `
What is looked at, by the first of these that is said:
  --organization             every account that the organization lists, or those of --accounts in it
  --accounts                 these accounts; the organization is not asked
  AWS_ORGANIZATION_ROLE_ARN  the organization, listed through this role
  nothing                    the caller's own account
Each account is looked at through its spoke role, with the external id that a hub in the caller's account would send. The
caller's own account, where it is the only one or with --direct, is looked at with the caller's credentials themselves.
Nothing is ever written to AWS: calls other than the declared reads are refused before they are sent (--read-only-check).

Where the data goes: into the database that MONGODB_URI names, where it stays; else into a server in this machine's memory,
which ends with the command. --keep keeps that up until Ctrl-C, --out writes entities, edges and paths to a file.

Ctrl-C ends the run and keeps what it has written; again ends at once.

Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 the run is partial, 130 ended by Ctrl-C.
`;

/**
 * Reads the command line. Undefined where help was asked for and given.
 * @throws UsageError
 */
export function readOptions(args: readonly string[], out: (text: string) => void): ScanOptions | undefined {
  const program = commandLine(out);
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(`${error.message.replace(/^error: /, '')}. See --help.`);
  }
  return program.opts<ScanOptions>();
}

function commandLine(out: (text: string) => void): Command {
  return new Command('scan')
    .description('Scans AWS with your own credentials, without a hub, and shows what workloads can reach.')
    .option('--profile <name>', 'profile of the shared AWS configuration; else the default chain of the SDK')
    .option('--organization', 'the organization of the caller, or of AWS_ORGANIZATION_ROLE_ARN')
    .option('--accounts <ids>', 'account ids, with commas between them', accountIds)
    .option('--direct', "look at the caller's own account with the caller's credentials, through no role")
    .option('--regions <names>', 'with commas between them; else the region of the profile', regionNames)
    .addOption(new Option('--all-regions', 'those that are enabled in each account').conflicts('regions'))
    .option(
      '--identity-center <account:region>',
      'where IAM Identity Center is administered, such as 111111111111:eu-west-1; else it is not looked at, and what an earlier scan saw of it is retired',
      identityCenter,
    )
    .option('--service-categories <names>', 'with commas between them', categories, AWS_CATEGORIES)
    .option('--role-name <name>', 'the spoke role', SPOKE_ROLE_NAME)
    .option('--tenant <id>', 'whose the data is; part of the external id', 'local')
    .option('--workspace <id>', 'the workspace of the tenant', 'scan')
    .option(
      '--at-once <number>',
      'cells (account x category) worked on at once, two of one account at most',
      positive,
      8,
    )
    .option('--keep', 'keep the local database up until Ctrl-C')
    .option('--out <file>', 'write entities, edges and paths as NDJSON')
    .option('--read-only-check', 'show the calls that a scan would make, and make none')
    .option('--json', 'the outcome as one JSON document on stdout, a failure as one on stderr')
    .configureOutput({ writeOut: out, writeErr: () => {} })
    .addHelpText('after', MORE)
    .allowExcessArguments(false)
    .exitOverride();
}

const listOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
];

function accountIds(text: string): readonly string[] {
  const ids = listOf(text);
  const wrong = ids.filter((id) => !isAccountId(id));
  if (ids.length === 0 || wrong.length > 0) {
    throw new InvalidArgumentError(
      `An account id has twelve digits${wrong.length > 0 ? `, unlike ${wrong.join(', ')}` : ''}`,
    );
  }
  return ids;
}

function regionNames(text: string): readonly string[] {
  const regions = listOf(text);
  const wrong = regions.filter((region) => !isRegionName(region));
  if (regions.length === 0 || wrong.length > 0) {
    throw new InvalidArgumentError(
      `A region has a name such as eu-west-1${wrong.length > 0 ? `, unlike ${wrong.join(', ')}` : ''}`,
    );
  }
  return regions;
}

/** The account that administers IAM Identity Center, which may be its delegated administrator, and the region that it was enabled in. */
function identityCenter(text: string): IdentityCenterPlace {
  const [account_id = '', region = '', ...rest] = text.split(':');
  if (!isAccountId(account_id) || !isRegionName(region) || rest.length > 0) {
    throw new InvalidArgumentError(
      `It is written as an account id and a region, such as 111111111111:eu-west-1, unlike ${text}`,
    );
  }
  return { account_id, region };
}

function categories(text: string): readonly string[] {
  const known: readonly string[] = AWS_CATEGORIES;
  const names = listOf(text);
  const wrong = names.filter((name) => !known.includes(name));
  if (names.length === 0 || wrong.length > 0) {
    throw new InvalidArgumentError(
      `There are ${known.join(', ')}${wrong.length > 0 ? `, and no ${wrong.join(', ')}` : ''}`,
    );
  }
  return names;
}
