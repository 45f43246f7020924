import { type Command, Option } from 'commander';
import type { ShownScope } from '../../lambdas/api/answers/scan-scopes.ts';
import type { ScanScopeChange } from '../../src/control/change-scope.ts';
import type { ScopeBudget } from '../../src/control/scan-scope.ts';
import type { Schedule } from '../../src/control/schedule.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { allOr, showFields } from './fields.ts';
import { type Columns, showList } from './list.ts';

/** What may be said about a scope. */
interface ScopeOptions {
  readonly category?: string[];
  readonly account?: string[];
  readonly region?: string[];
  readonly every?: number;
  readonly cron?: string;
  readonly timezone?: string;
  readonly maxCalls?: number;
  readonly maxMinutes?: number;
}

interface NewScopeOptions extends ScopeOptions {
  readonly instance: string;
  readonly disabled?: boolean;
}

interface ScopeChangeOptions extends ScopeOptions {
  readonly allAccounts?: boolean;
  readonly allRegions?: boolean;
  readonly schedule?: false;
  readonly budget?: false;
}

const withScopeOptions = (command: Command): Command =>
  command
    .option('--category <names...>', 'service categories')
    .option('--account <ids...>', 'accounts of the instance')
    .option('--region <names...>', 'regions of the instance')
    .addOption(new Option('--every <minutes>', 'scan by itself, so often').argParser(positive).conflicts('cron'))
    .option('--cron <fields>', 'scan by itself at these times: minute hour day-of-month month day-of-week')
    .option('--timezone <name>', 'whose clock --cron means, such as Europe/Berlin; UTC, if none is named')
    .option('--max-calls <number>', 'calls to the source that one run may make', positive)
    .option('--max-minutes <minutes>', 'how long one run may take', positive);

/** `throughline scopes`: which part of an instance is scanned, and how often. */
export function addScopes(program: Command, cli: Cli): void {
  const scopes = program.command('scopes').description('which part of an instance is scanned, and how often');
  addReading(scopes, cli);

  withScopeOptions(
    scopes
      .command('create')
      .description('say what is to be scanned: all that the instance has, of what is not named')
      .requiredOption('--instance <id>', 'the instance that it is a part of')
      .option('--disabled', 'do not scan it by schedule yet'),
  ).action(async ({ instance, disabled, ...options }: NewScopeOptions) => {
    const api = cli.api();
    const { category, account = [], region = [] } = options;
    const schedule = scheduleOf(options);
    const budget = budgetOf(options);
    const created = await api.createScope({
      instance_id: instance,
      scope_keys: { account_ids: account, regions: region },
      service_categories: category ?? [
        ...(await api.getInstance(instance)).discovered_capabilities.service_categories_available,
      ],
      ...(schedule && { schedule }),
      ...(budget && { budget }),
      ...(disabled && { enabled: false }),
    });
    cli.tell(created, showScope);
  });

  withScopeOptions(
    scopes
      .command('update')
      .description('change one; what is not named stays as it is')
      .argument('<id>', 'its id')
      .addOption(new Option('--all-accounts', 'all that the instance has').conflicts('account'))
      .addOption(new Option('--all-regions', 'all that the instance has').conflicts('region'))
      .addOption(new Option('--no-schedule', 'scan it only when asked').conflicts(['every', 'cron']))
      .addOption(new Option('--no-budget', 'without limits').conflicts(['maxCalls', 'maxMinutes'])),
  ).action(async (id: string, options: ScopeChangeOptions) => {
    const api = cli.api();
    cli.tell(await api.updateScope(id, changeOf(await api.getScope(id), options)), showScope);
  });

  for (const [verb, enabled, text] of [
    ['enable', true, 'scan it by its schedule'],
    ['disable', false, 'scan it no more, until it is enabled'],
  ] as const) {
    scopes
      .command(verb)
      .description(text)
      .argument('<id>', 'its id')
      .action(async (id: string) => {
        cli.tell(await cli.api().updateScope(id, { enabled }), showScope);
      });
  }

  scopes
    .command('delete')
    .description('scan it no more; its runs stay, what only it has planned is retired')
    .argument('<id>', 'its id')
    .action(async (id: string) => {
      cli.tell(await cli.api().deleteScope(id), showScope);
    });
}

function addReading(scopes: Command, cli: Cli): void {
  scopes
    .command('list')
    .description('all of them, or those of an instance')
    .option('--instance <id>', 'only those of it')
    .action(async ({ instance }: { readonly instance?: string }) => {
      const filter = instance === undefined ? {} : { instance_id: instance };
      cli.tell(await cli.api().listScopes(filter), (all, screen) =>
        showList(all, COLUMNS, 'no such scopes. Make one with: scopes create --instance <id>', screen),
      );
    });

  scopes
    .command('show')
    .description('one of them')
    .argument('<id>', 'its id')
    .action(async (id: string) => {
      cli.tell(await cli.api().getScope(id), showScope);
    });
}

/** The schedule that is named; undefined where none is. @throws UsageError where only a part of one is. */
function scheduleOf({ every, cron, timezone }: ScopeOptions): Schedule | undefined {
  if (every !== undefined) return { every_minutes: every };
  if (cron !== undefined) return { cron, timezone: timezone ?? 'UTC' };
  if (timezone !== undefined) throw new UsageError('--timezone says whose clock --cron means, and there is no --cron');
  return undefined;
}

function budgetOf({ maxCalls, maxMinutes }: ScopeOptions): ScopeBudget | undefined {
  if (maxCalls === undefined && maxMinutes === undefined) return undefined;
  return {
    ...(maxCalls !== undefined && { max_api_calls: maxCalls }),
    ...(maxMinutes !== undefined && { max_minutes: maxMinutes }),
  };
}

/** What is to be changed. Of its keys and its budget, what is not named stays. @throws UsageError where nothing is named. */
function changeOf(scope: ShownScope, options: ScopeChangeOptions): ScanScopeChange {
  const { category, account, region, allAccounts, allRegions } = options;
  const accounts = allAccounts ? [] : account;
  const regions = allRegions ? [] : region;
  const schedule = options.schedule === false ? null : scheduleOf(options);
  const budget = budgetOf(options);
  const change = {
    ...(category && { service_categories: category }),
    ...((accounts || regions) && {
      scope_keys: {
        account_ids: accounts ?? [...scope.scope_keys.account_ids],
        regions: regions ?? [...scope.scope_keys.regions],
      },
    }),
    ...(schedule !== undefined && { schedule }),
    ...(options.budget === false ? { budget: null } : budget && { budget: { ...scope.budget, ...budget } }),
  };
  if (Object.keys(change).length === 0) throw new UsageError('what is to be changed? See: scopes update --help');
  return change;
}

function showScope(scope: ShownScope, screen: Screen): void {
  const { budget, last_skipped, deleted_at } = scope;
  const limits = [
    budget?.max_api_calls !== undefined && `${budget.max_api_calls} calls`,
    budget?.max_minutes !== undefined && `${budget.max_minutes} minutes`,
  ].filter((limit) => limit !== false);
  showFields(
    [
      ['scope', scope._id],
      ['instance', scope.instance_id],
      ['accounts', allOr(scope.scope_keys.account_ids)],
      ['regions', allOr(scope.scope_keys.regions)],
      ['categories', scope.service_categories.join(', ')],
      ['schedule', inWords(scope)],
      ['budget', limits.length > 0 ? `${limits.join(', ')} a run` : undefined],
      ['next run', scope.next_run_at],
      ['last skipped', last_skipped && `${last_skipped.at}: ${last_skipped.reason} ${last_skipped.run_id ?? ''}`],
      ['created', `${scope.created_at} by ${scope.created_by}`],
      ['deleted', deleted_at],
    ],
    screen,
  );
}

function inWords({ schedule, enabled, deleted_at }: ShownScope): string {
  if (deleted_at !== undefined) return 'deleted';
  const often = !schedule
    ? 'when asked for'
    : 'cron' in schedule
      ? `${schedule.cron} in ${schedule.timezone}`
      : `every ${schedule.every_minutes} minutes`;
  return enabled ? often : `disabled (${often})`;
}

const COLUMNS: Columns<ShownScope> = [
  ['id', ({ _id }) => _id],
  ['instance', ({ instance_id }) => instance_id],
  ['accounts', ({ scope_keys: { account_ids } }) => (account_ids.length === 0 ? 'all' : String(account_ids.length))],
  ['regions', ({ scope_keys }) => allOr(scope_keys.regions)],
  ['categories', ({ service_categories }) => String(service_categories.length)],
  ['schedule', inWords],
  ['next run', ({ next_run_at }) => next_run_at ?? ''],
];
