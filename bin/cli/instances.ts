import { type Command, Option } from 'commander';
import { CONNECTOR_KINDS, type ConnectorKind } from '../../src/connectors/connector.ts';
import { INSTANCE_STATUSES, type InstanceStatus } from '../../src/control/connector-instance.ts';
import type { Cli } from './cli.ts';
import { changedInstance, type InstanceOptions, newInstance, withInstanceOptions } from './instance-options.ts';
import { showList } from './list.ts';
import { exitCodeOfCheck, INSTANCE_COLUMNS, showCheck, showInstance } from './shown-instance.ts';

interface NewInstanceOptions extends InstanceOptions {
  readonly kind: ConnectorKind;
  readonly name: string;
  readonly workspace?: string;
}

interface ListOptions {
  readonly kind?: ConnectorKind;
  readonly status?: InstanceStatus;
}

const kindOption = (text: string): Option => new Option('--kind <kind>', text).choices(CONNECTOR_KINDS);

/** `throughline instances`: the source systems that are connected. */
export function addInstances(program: Command, cli: Cli): void {
  const instances = program.command('instances').description('the source systems that are connected');
  addReading(instances, cli);

  withInstanceOptions(
    instances
      .command('create')
      .description('connect a source system')
      .addOption(kindOption('what it is').default('aws'))
      .requiredOption('--name <text>', 'how people call it')
      .option('--workspace <name>', 'whose it is; needed where the token names several'),
  ).action(async ({ kind, name, workspace, ...options }: NewInstanceOptions) => {
    cli.tell(await cli.api().createInstance(newInstance(kind, name, options, workspace)), showInstance);
  });

  withInstanceOptions(
    instances
      .command('update')
      .description('change one; what is not named stays as it is')
      .argument('<id>', 'its id')
      .option('--name <text>', 'how people call it'),
  ).action(async (id: string, options: InstanceOptions) => {
    const api = cli.api();
    cli.tell(await api.updateInstance(id, changedInstance(await api.getInstance(id), options)), showInstance);
  });

  for (const [verb, status, text] of [
    ['enable', 'active', 'scan it again'],
    ['disable', 'disabled', 'scan it no more, until it is enabled; nothing of it is forgotten'],
  ] as const) {
    instances
      .command(verb)
      .description(text)
      .argument('<id>', 'its id')
      .action(async (id: string) => {
        cli.tell(await cli.api().updateInstance(id, { status }), showInstance);
      });
  }

  instances
    .command('delete')
    .description('disconnect it: its schedules stop, its runs end, what only it has seen is retired, its history stays')
    .argument('<id>', 'its id')
    .action(async (id: string) => {
      cli.tell(await cli.api().deleteInstance(id), showInstance);
    });
}

function addReading(instances: Command, cli: Cli): void {
  instances
    .command('list')
    .description('all of them, or those that fit every filter')
    .addOption(kindOption('only those'))
    .addOption(
      new Option('--status <status>', 'only those; all but the deleted, if none is named').choices(INSTANCE_STATUSES),
    )
    .action(async ({ kind, status }: ListOptions) => {
      const filter = { ...(kind !== undefined && { kind }), ...(status !== undefined && { status }) };
      cli.tell(await cli.api().listInstances(filter), (all, screen) =>
        showList(all, INSTANCE_COLUMNS, 'no such instances. Connect one with: instances create', screen),
      );
    });

  instances
    .command('show')
    .description('one of them')
    .argument('<id>', 'its id')
    .action(async (id: string) => {
      cli.tell(await cli.api().getInstance(id), showInstance);
    });

  instances
    .command('check')
    .description('try its connection, and say what to do where it is refused; exit code 3 where some of it is')
    .argument('<id>', 'its id')
    .action(async (id: string) => {
      const check = await cli.api().checkInstance(id);
      cli.exit_code = exitCodeOfCheck(check.status);
      cli.tell(check, showCheck);
    });
}
