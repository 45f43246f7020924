import { AWS_CATEGORIES } from '../../src/connectors/aws/categories.ts';
import { awsConnector } from '../../src/connectors/aws/connector.ts';
import { externalIdOf, type HubTerms } from '../../src/control/connector-instance.ts';
import type { Surroundings } from '../cli/cli.ts';
import { EXIT, exitCodeOf } from '../cli/exit-code.ts';
import { type Screen, screenOn } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import { accountsProgress } from './accounts-progress.ts';
import { type AwsCaller, identified, organizationOf } from './caller.ts';
import { openDatabase, type ScanDatabase } from './database.ts';
import { exportTo } from './export.ts';
import { gathered } from './gathered.ts';
import { Interruption } from './interruption.ts';
import { readOptions, type ScanOptions } from './options.ts';
import { allPaths } from './paths.ts';
import { plannedCalls, showPlannedCalls } from './planned-calls.ts';
import { outcomeOf, showOutcome } from './report.ts';
import { type Finished, runToEnd } from './run-to-end.ts';
import type { Wish } from './what-to-scan.ts';

/**
 * `npm run scan`: the hub's planner, cells and stitcher in this process, with the caller's own credentials. Returns the exit
 * code.
 * @throws UsageError or ScanFailure, each of which says what to do
 */
export async function scan(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { env, stdout, stderr } = surroundings;
  const options = readOptions(args, (text) => stdout.write(text));
  if (!options) return EXIT.fine;
  if (options.readOnlyCheck) {
    const calls = await plannedCalls(options, env);
    if (options.json) stdout.write(`${JSON.stringify(calls, undefined, 2)}\n`);
    else showPlannedCalls(calls, screenOn(stdout));
    return EXIT.fine;
  }
  const interruption = new Interruption();
  try {
    const aside = screenOn(stderr);
    const target = await targetOf(options, env, aside);
    aside.note(`opening ${env.MONGODB_URI ? 'the database of MONGODB_URI' : 'a local database'} ...`);
    const database = await openDatabase(env);
    try {
      return await scanInto(database, { options, target, interruption, aside, ...surroundings });
    } finally {
      await database.close();
    }
  } finally {
    interruption.stop();
  }
}

/** Who looks at what, under which terms. */
interface Target {
  readonly caller: AwsCaller;
  readonly terms: HubTerms;
  readonly wish: Wish;
  /** The account that is looked at with the caller's credentials themselves. */
  readonly own_account_id?: string;
  readonly organization_role_arn?: string;
}

async function targetOf(options: ScanOptions, env: NodeJS.ProcessEnv, aside: Screen): Promise<Target> {
  const { profile, accounts, regions, tenant: tenant_id, workspace: workspace_id } = options;
  const caller = await identified({ profile, region: regions?.[0] });
  aside.note(`as ${caller.arn}`);
  const role_arn = env.AWS_ORGANIZATION_ROLE_ARN || undefined;
  const mode = options.organization || (role_arn && !accounts) ? 'organization' : 'accounts';
  const account_ids = accounts ?? (mode === 'organization' ? [] : [caller.account_id]);
  const is_own_alone = mode === 'accounts' && account_ids.every((id) => id === caller.account_id);
  if (options.direct && account_ids.length > 0 && !account_ids.includes(caller.account_id)) {
    throw new UsageError(
      `--direct looks at the account of the credentials, ${caller.account_id}, which is not among --accounts`,
    );
  }
  const center = options.identityCenter?.account_id;
  if (center !== undefined && account_ids.length > 0 && !account_ids.includes(center)) {
    throw new UsageError(
      `--identity-center names account ${center}, which is not looked at: ${accounts ? 'add it to --accounts' : 'name it with --accounts'}`,
    );
  }
  const external_id = externalIdOf(caller.account_id, tenant_id);
  if (!is_own_alone) aside.note(`roles ${options.roleName} are entered with the external id ${external_id}`);
  const terms: HubTerms = { hub_account_id: caller.account_id, categories: AWS_CATEGORIES, source_hosts: NO_HOSTS };
  const organization = mode === 'organization' && (await organizationOf(caller, { role_arn, external_id }));
  return {
    caller,
    terms: organization ? { ...terms, organization: { ...organization, tenant_id } } : terms,
    wish: {
      tenancy: { tenant_id, workspace_id },
      mode,
      account_ids,
      regions: regions ?? (options.allRegions ? [] : [caller.region]),
      service_categories: options.serviceCategories,
      requested_by: caller.arn,
    },
    ...((options.direct || is_own_alone) && { own_account_id: caller.account_id }),
    ...(role_arn && { organization_role_arn: role_arn }),
  };
}

const NO_HOSTS: HubTerms['source_hosts'] = { servicenow: [], foundry: [] };

interface Scanning extends Surroundings {
  readonly options: ScanOptions;
  readonly target: Target;
  readonly interruption: Interruption;
  readonly aside: Screen;
}

async function scanInto(database: ScanDatabase, scanning: Scanning): Promise<number> {
  const { options, target, interruption, aside, stdout, stderr } = scanning;
  const { wish, terms, caller, own_account_id, organization_role_arn } = target;
  const { db, where } = database;
  const finished = await runToEnd(
    {
      db,
      terms,
      connector: awsConnector({
        region: caller.region,
        partition: caller.partition,
        spoke_role_name: options.roleName,
        credentials: caller.credentials,
        ...(own_account_id && { own_account_id }),
        ...(terms.organization && { management_account_id: terms.organization.management_account_id }),
        ...(organization_role_arn && { organization_role_arn }),
        ...(options.identityCenter && { identity_center: options.identityCenter }),
      }),
      at_once: options.atOnce,
      progress: accountsProgress(stderr, aside),
      aside,
      cancellable: (cancel) =>
        interruption.does(() => {
          aside.line(
            '   the run is ended: workers stop within 15 seconds, what they have written is kept. Again ends at once.',
          );
          cancel();
        }),
    },
    wish,
  );
  const paths = await gathered(allPaths(db, wish.tenancy));
  const exported = options.out !== undefined && {
    exported: { file: options.out, ...(await exportTo(options.out, db, wish.tenancy)) },
  };
  const keeps = Boolean(options.keep) && !database.stays && !interruption.happened;
  const outcome = outcomeOf(finished, paths, { where, stays: database.stays || keeps, ...wish.tenancy, ...exported });
  if (options.json) stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
  else showOutcome(outcome, screenOn(stdout));
  const code = interruption.happened ? INTERRUPTED : exitOf(finished);
  if (keeps) {
    aside.line(`   kept up at ${where} until Ctrl-C`);
    await interruption.waited();
  }
  return code;
}

const INTERRUPTED = 130;

const exitOf = ({ run, given_up }: Finished): number => (given_up.length > 0 ? EXIT.failed : exitCodeOf(run.status));
