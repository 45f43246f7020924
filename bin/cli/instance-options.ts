import { type Command, Option } from 'commander';
import type { ShownInstance } from '../../lambdas/api/answers/connector-instances.ts';
import type { ConnectorKind } from '../../src/connectors/connector.ts';
import type { ConnectorInstanceChange } from '../../src/control/change-instance.ts';
import type { NewConnectorInstance } from '../../src/control/connector-instance.ts';
import type { EntraInstanceConfig } from '../../src/control/instance-config.ts';
import { UsageError } from '../usage-error.ts';

const CLOUDS = ['global', 'us_government', 'china'] as const satisfies readonly EntraInstanceConfig['cloud'][];

/** What may be said about an instance; which of it is meant depends on its kind. */
export interface InstanceOptions {
  readonly name?: string;
  readonly region?: string[];
  readonly allRegions?: true;
  readonly account?: string[];
  readonly organization?: boolean;
  readonly entraTenant?: string;
  readonly cloud?: (typeof CLOUDS)[number];
  readonly url?: string;
  readonly subscription?: string[];
  readonly project?: string[];
  readonly credentials?: string;
  readonly sourceSystem?: string[];
}

type OfKind = Exclude<keyof InstanceOptions, 'name'>;

/** Each option that is not for every kind: how it is written, and for which kinds it is. */
const OF_KIND: Readonly<Record<OfKind, readonly [flag: string, ...kinds: ConnectorKind[]]>> = {
  region: ['--region', 'aws'],
  allRegions: ['--all-regions', 'aws'],
  account: ['--account', 'aws'],
  organization: ['--organization', 'aws'],
  entraTenant: ['--entra-tenant', 'entra', 'foundry'],
  cloud: ['--cloud', 'entra'],
  url: ['--url', 'servicenow'],
  subscription: ['--subscription', 'foundry'],
  project: ['--project', 'foundry'],
  credentials: ['--credentials', 'entra', 'servicenow', 'foundry'],
  sourceSystem: ['--source-system', 'push'],
};

/** Adds the options of every kind to a command. */
export const withInstanceOptions = (command: Command): Command =>
  command
    .option('--region <names...>', 'aws: only these regions, and not all that are enabled in each account')
    .addOption(
      new Option(
        '--all-regions',
        'aws: all that are enabled in each account; so it is, if no region is named',
      ).conflicts('region'),
    )
    .addOption(
      new Option('--account <ids...>', 'aws: these accounts and not the organization').conflicts('organization'),
    )
    .option('--organization', 'aws: the organization that the hub is in; so it is, if no account is named')
    .option('--entra-tenant <guid>', 'entra, foundry: the directory')
    .addOption(
      new Option('--cloud <name>', 'entra: which cloud of Microsoft; the public one, if none is named').choices(CLOUDS),
    )
    .option('--url <url>', 'servicenow: the address of the instance')
    .option('--subscription <guids...>', 'foundry: subscriptions to look through')
    .option('--project <urls...>', 'foundry: endpoints of these projects and not of all')
    .option('--credentials <name>', 'entra, servicenow, foundry: name of the secret, below throughline/<tenant>/')
    .option('--source-system <ids...>', 'push: what it may speak for, such as servicenow:example');

/** The body of a new instance. @throws UsageError where an option is missing, or is none of this kind. */
export function newInstance(
  kind: ConnectorKind,
  name: string,
  options: InstanceOptions,
  workspace: string | undefined,
): NewConnectorInstance {
  refuseForeign(kind, options);
  const common = { display_name: name, ...(workspace !== undefined && { workspace_id: workspace }) };
  const needed = <Name extends OfKind>(of: Name): NonNullable<InstanceOptions[Name]> => {
    const value = options[of];
    if (value === undefined) throw new UsageError(`an instance of kind ${kind} needs ${OF_KIND[of][0]}`);
    return value;
  };
  switch (kind) {
    case 'aws': {
      const { region } = options;
      return { ...common, connector_kind: kind, config: { ...whose(options), ...(region && { regions: region }) } };
    }
    case 'entra': {
      const { cloud } = options;
      const config = { entra_tenant_id: needed('entraTenant'), ...(cloud !== undefined && { cloud }) };
      return { ...common, connector_kind: kind, config, credentials_ref: needed('credentials') };
    }
    case 'servicenow':
      return {
        ...common,
        connector_kind: kind,
        config: { instance_url: needed('url') },
        credentials_ref: needed('credentials'),
      };
    case 'foundry': {
      const { project } = options;
      const config = { entra_tenant_id: needed('entraTenant'), subscription_ids: needed('subscription') };
      return {
        ...common,
        connector_kind: kind,
        config: { ...config, ...(project && { project_endpoints: project }) },
        credentials_ref: needed('credentials'),
      };
    }
    case 'push':
      return { ...common, connector_kind: kind, config: {}, source_system_ids: needed('sourceSystem') };
  }
}

/**
 * What is to be changed of an instance. Of its config, what is not named stays as it is.
 * @throws UsageError where nothing is named, or an option is none of this kind.
 */
export function changedInstance(
  instance: Pick<ShownInstance, 'connector_kind' | 'config'>,
  options: InstanceOptions,
): ConnectorInstanceChange {
  refuseForeign(instance.connector_kind, options);
  const { name, credentials, sourceSystem } = options;
  const config = changedConfig(options);
  const whole = { ...unchanged(instance, options), ...config };
  const change = {
    ...(name !== undefined && { display_name: name }),
    ...((Object.keys(config).length > 0 || options.allRegions) && { config: whole }),
    ...(credentials !== undefined && { credentials_ref: credentials }),
    ...(sourceSystem && { source_system_ids: sourceSystem }),
  };
  if (Object.keys(change).length === 0) throw new UsageError('what is to be changed? See: instances update --help');
  return change;
}

/** The fields of a config that the options name. */
const changedConfig = (options: InstanceOptions): Readonly<Record<string, unknown>> => ({
  ...((options.account || options.organization) && whose(options)),
  ...(options.region && { regions: options.region }),
  ...(options.entraTenant !== undefined && { entra_tenant_id: options.entraTenant }),
  ...(options.cloud !== undefined && { cloud: options.cloud }),
  ...(options.url !== undefined && { instance_url: options.url }),
  ...(options.subscription && { subscription_ids: options.subscription }),
  ...(options.project && { project_endpoints: options.project }),
});

/** Whose AWS accounts are looked at: two shapes, of which one has no accounts. */
const whose = ({ account }: InstanceOptions) =>
  account ? ({ mode: 'accounts', account_ids: account } as const) : ({ mode: 'organization' } as const);

/** Of the config as it is, what stays: not the accounts where others, or all, are to take their place, nor regions where all are. */
function unchanged({ config }: Pick<ShownInstance, 'config'>, options: InstanceOptions): object {
  const gone = new Set([
    ...(options.account || options.organization ? ['account_ids'] : []),
    ...(options.allRegions ? ['regions'] : []),
  ]);
  return Object.fromEntries(Object.entries(config).filter(([name]) => !gone.has(name)));
}

function refuseForeign(kind: ConnectorKind, options: InstanceOptions): void {
  const given = new Set(Object.keys(options));
  const foreign = Object.entries(OF_KIND)
    .filter(([name, [, ...kinds]]) => given.has(name) && !kinds.includes(kind))
    .map(([, [flag]]) => flag);
  if (foreign.length > 0) throw new UsageError(`${foreign.join(', ')}: not for an instance of kind ${kind}`);
}
