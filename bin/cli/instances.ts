import type { Command } from 'commander';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import type { Screen } from '../terminal/screen.ts';
import type { Cli } from './cli.ts';
import { showFields } from './fields.ts';
import { type Columns, showList } from './list.ts';

interface NewInstanceOptions {
  readonly name: string;
  readonly region: string[];
  readonly account?: string[];
  readonly workspace?: string;
}

/** `throughline instances`: the source systems that are connected. */
export function addInstances(program: Command, cli: Cli): void {
  const instances = program.command('instances').description('the source systems that are connected');

  instances
    .command('create')
    .description('connect the AWS organization of the hub, or accounts by their ids')
    .requiredOption('--name <text>', 'how people call it')
    .requiredOption('--region <regions...>', 'AWS regions to look at')
    .option('--account <ids...>', 'these accounts and not the organization')
    .option('--workspace <name>', 'whose it is; needed where the token names several')
    .action(async ({ name, region, account, workspace }: NewInstanceOptions) => {
      const created = await cli.api().createInstance({
        connector_kind: 'aws',
        display_name: name,
        config: account
          ? { mode: 'accounts', account_ids: account, regions: region }
          : { mode: 'organization', regions: region },
        ...(workspace !== undefined && { workspace_id: workspace }),
      });
      cli.tell(created, showInstance);
    });

  instances
    .command('list')
    .description('all of them')
    .action(async () => {
      cli.tell(await cli.api().listInstances(), (all, screen) =>
        showList(all, COLUMNS, 'no instances yet. Connect one with: instances create', screen),
      );
    });

  instances
    .command('show')
    .description('one of them')
    .argument('<id>', 'its id')
    .action(async (id: string) => {
      cli.tell(await cli.api().getInstance(id), showInstance);
    });
}

function showInstance(instance: ConnectorInstance, screen: Screen): void {
  showFields(
    [
      ['instance', instance._id],
      ['name', instance.display_name],
      ['kind', instance.connector_kind],
      ['status', instance.status],
      ['workspace', instance.workspace_id],
      ['looks at', looksAt(instance)],
      ['regions', regionsOf(instance).join(', ')],
      ['categories', instance.discovered_capabilities.service_categories_available.join(', ')],
      ['external id', instance.connector_kind === 'aws' ? instance.external_id : undefined],
      ['created', `${instance.created_at} by ${instance.created_by}`],
    ],
    screen,
  );
}

function looksAt(instance: ConnectorInstance): string {
  if (instance.connector_kind !== 'aws') return instance.source_system_ids.join(', ') || instance.connector_kind;
  const { config } = instance;
  return config.mode === 'organization' ? 'the organization' : `accounts ${config.account_ids.join(', ')}`;
}

const regionsOf = (instance: ConnectorInstance): readonly string[] =>
  instance.connector_kind === 'aws' ? instance.config.regions : [];

const COLUMNS: Columns<ConnectorInstance> = [
  ['id', ({ _id }) => _id],
  ['name', ({ display_name }) => display_name],
  ['kind', ({ connector_kind }) => connector_kind],
  ['status', ({ status }) => status],
  ['looks at', looksAt],
  ['regions', (instance) => regionsOf(instance).join(' ')],
];
