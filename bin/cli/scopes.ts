import type { Command } from 'commander';
import type { ScanScope } from '../../src/control/scan-scope.ts';
import type { Screen } from '../terminal/screen.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { allOr, showFields } from './fields.ts';
import { type Columns, showList } from './list.ts';

interface NewScopeOptions {
  readonly instance: string;
  readonly category?: string[];
  readonly account?: string[];
  readonly region?: string[];
  readonly every?: number;
  readonly disabled?: boolean;
}

/** `throughline scopes`: which part of an instance is scanned, and how often. */
export function addScopes(program: Command, cli: Cli): void {
  const scopes = program.command('scopes').description('which part of an instance is scanned, and how often');

  scopes
    .command('create')
    .description('say what is to be scanned')
    .requiredOption('--instance <id>', 'the instance that it is a part of')
    .option('--category <names...>', 'service categories; all that the instance knows, if none is named')
    .option('--account <ids...>', 'accounts; all of the instance, if none is named')
    .option('--region <names...>', 'regions; all of the instance, if none is named')
    .option('--every <minutes>', 'scan by itself, so often', positive)
    .option('--disabled', 'do not scan it by schedule yet')
    .action(async ({ instance, category, account = [], region = [], every, disabled }: NewScopeOptions) => {
      const api = cli.api();
      const created = await api.createScope({
        instance_id: instance,
        scope_keys: { account_ids: account, regions: region },
        service_categories: category ?? [
          ...(await api.getInstance(instance)).discovered_capabilities.service_categories_available,
        ],
        ...(every !== undefined && { schedule: { every_minutes: every } }),
        ...(disabled && { enabled: false }),
      });
      cli.tell(created, showScope);
    });

  scopes
    .command('list')
    .description('all of them')
    .action(async () => {
      cli.tell(await cli.api().listScopes(), (all, screen) =>
        showList(all, COLUMNS, 'no scopes yet. Make one with: scopes create --instance <id>', screen),
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

function showScope(scope: ScanScope, screen: Screen): void {
  showFields(
    [
      ['scope', scope._id],
      ['instance', scope.instance_id],
      ['accounts', allOr(scope.scope_keys.account_ids)],
      ['regions', allOr(scope.scope_keys.regions)],
      ['categories', scope.service_categories.join(', ')],
      ['schedule', scheduleOf(scope)],
      ['next run', scope.next_run_at],
      ['created', `${scope.created_at} by ${scope.created_by}`],
    ],
    screen,
  );
}

function scheduleOf({ schedule, enabled }: ScanScope): string {
  if (!enabled) return 'disabled';
  return schedule ? `every ${schedule.every_minutes} minutes` : 'when asked for';
}

const COLUMNS: Columns<ScanScope> = [
  ['id', ({ _id }) => _id],
  ['instance', ({ instance_id }) => instance_id],
  ['accounts', ({ scope_keys: { account_ids } }) => (account_ids.length === 0 ? 'all' : String(account_ids.length))],
  ['regions', ({ scope_keys }) => allOr(scope_keys.regions)],
  ['categories', ({ service_categories }) => String(service_categories.length)],
  ['schedule', scheduleOf],
];
