import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AccountId } from '../../kernel/ids.ts';
import { SECOND } from '../../kernel/time.ts';
import { GLOBAL_REGION } from '../collector.ts';
import type { CellTarget, CollectorTask, Connector, OpenSource } from '../connector.ts';
import { runCollector } from '../run-collector.ts';
import { ASSUME_ROLE, assumeRole } from './assume-role.ts';
import { AWS_CATEGORIES, AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY } from './categories.ts';
import {
  type AwsCall,
  type AwsClientFactory,
  type AwsClients,
  type AwsClientTerms,
  type AwsCredentials,
  type AwsRequestHandler,
  awsClients,
  CallCounter,
  KeptAnswers,
} from './clients.ts';
import { collectorsOf } from './collectors.ts';
import { regionsByDefault } from './default-regions.ts';
import { concernsWholeRegion, notEnabled, regionOffReason, WHO_AM_I } from './region-off.ts';
import type { AwsCollector, AwsPlace, AwsSession, IdentityCenterPlace } from './session.ts';

/** What the hub's configuration says about AWS. */
export interface AwsConnectorOptions {
  /** The hub's own region: for STS and for services that are global. */
  readonly region: string;
  /** @default 'aws' */
  readonly partition?: string;
  /** Name of the role to assume in every account. It has no path. */
  readonly spoke_role_name: string;
  /** Role that may list the organization. @default the hub's own rights */
  readonly organization_role_arn?: string;
  /** The organization's management account, in which StackSets place no role: a refusal there has a remedy of its own. */
  readonly management_account_id?: AccountId;
  /** @default the SDK's default chain: in a function, the function's own role */
  readonly credentials?: AwsCredentials;
  /** An account that is looked at with `credentials` themselves, through no role: their own, where nobody has placed one. @default every account through its role */
  readonly own_account_id?: AccountId;
  /** Where IAM Identity Center is asked. @default nowhere: every account but this one answers as if there were none */
  readonly identity_center?: IdentityCenterPlace;
  /** Tries of one call, the first one included. @default 4 */
  readonly max_attempts?: number;
  /** Milliseconds that one try may take. @default 30 seconds */
  readonly request_timeout?: number;
  /** Takes the place of the HTTP handler. @default one for each opened source */
  readonly request_handler?: AwsRequestHandler;
  /** Told of each call before it is made: whose account it is about, and the call. @default nobody */
  readonly told?: (target: CellTarget, call: AwsCall) => void;
  /** Consulted for `AWS_ENDPOINT_URL`, which the SDK honours by itself. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const MAX_ATTEMPTS = 4;
const CONNECTION_TIMEOUT = 5 * SECOND;
const REQUEST_TIMEOUT = 30 * SECOND;

/** How to look at AWS accounts: through their spoke role, each with its own session, and never through another assumed role. */
export function awsConnector(options: AwsConnectorOptions): Connector {
  return {
    kind: 'aws',
    categories: AWS_CATEGORIES,
    discovery_category: AWS_DISCOVERY_CATEGORY,
    regions_category: AWS_REGIONS_CATEGORY,
    default_regions: regionsByDefault(options),
    tasks: awsTasks,
    tasksIn: (account_id, category, regions) => tasksIn(options, account_id, category, regions),
    open: (target) => openAccount(options, target),
  };
}

/** The tasks of a category in a fixed order: its collectors, each in every region that it looks at. */
export const awsTasks = async (category: string, regions: readonly string[]): Promise<readonly CollectorTask[]> =>
  (await collectorsOf(category)).flatMap(({ id, regional }) =>
    (regional ? regions : [GLOBAL_REGION]).map((region) => ({ collector: id, region })),
  );

/** The tasks of a category in an account, without those that the hub's configuration leaves to another account, or to none. */
async function tasksIn(
  options: AwsConnectorOptions,
  account: AccountId,
  category: string,
  regions: readonly string[],
): Promise<readonly CollectorTask[]> {
  const place = placeOf(options, account, options.region);
  const left_out = (await collectorsOf(category)).filter((collector) => collector.skip?.(place) !== undefined);
  const ids = new Set(left_out.map(({ id }) => id));
  return (await awsTasks(category, regions)).filter(({ collector }) => !ids.has(collector));
}

const placeOf = (options: AwsConnectorOptions, account: AccountId, region: string): AwsPlace => ({
  account,
  partition: options.partition ?? 'aws',
  region,
  identity_center: options.identity_center,
});

async function openAccount(options: AwsConnectorOptions, target: CellTarget): Promise<OpenSource> {
  const collectors = await collectorsOf(target.category);
  const clients = new ClientSets(options, target, new KeptAnswers(sharedActions(collectors)));
  const credentials = await roleCredentials(options, target, clients).catch((error: unknown) => {
    clients.close();
    throw error;
  });
  // What turned out to be off for one collector need not be asked by the next.
  const off = new Set<string>();
  return {
    calls: () => clients.calls.total,
    close: () => clients.close(),
    run: (task, cursor) => {
      const collector = collectors.find(({ id }) => id === task.collector);
      if (!collector) throw new Error(`there is no collector ${task.collector} in ${target.category}`);
      const region = collector.regional ? task.region : options.region;
      const client = clients.add({ by: collector.id, actions: collector.actions }, region, credentials);
      const skip = (session: AwsSession) =>
        collector.regional && off.has(region) ? notEnabled(region) : collector.skip?.(session);
      return runCollector({
        collector: { ...collector, skip },
        task,
        session: { ...placeOf(options, target.account_id, region), client },
        cursor,
        skipReason: async (failure) => {
          if (!collector.regional) return undefined;
          const identity = clients.add({ by: 'region-off', actions: [WHO_AM_I] }, options.region, credentials);
          const reason = await regionOffReason(failure, { region, home: options.region }, identity);
          if (concernsWholeRegion(reason, failure, region)) off.add(region);
          return reason;
        },
      });
    },
  };
}

/** What more than one of the collectors calls. */
function sharedActions(collectors: readonly AwsCollector[]): ReadonlySet<string> {
  const all = collectors.flatMap(({ actions }) => [...new Set(actions)]);
  return new Set(all.filter((action, index) => all.indexOf(action) !== index));
}

/** The clients of an opened source: those of each task apart, since each task may make its own calls only. */
class ClientSets {
  readonly calls = new CallCounter();
  private readonly options: AwsConnectorOptions;
  private readonly target: CellTarget;
  private readonly kept: KeptAnswers;
  private readonly requestHandler: AwsRequestHandler;
  private readonly opened: AwsClients[] = [];

  constructor(options: AwsConnectorOptions, target: CellTarget, kept: KeptAnswers) {
    this.options = options;
    this.target = target;
    this.kept = kept;
    this.requestHandler =
      options.request_handler ??
      new NodeHttpHandler({
        connectionTimeout: CONNECTION_TIMEOUT,
        requestTimeout: options.request_timeout ?? REQUEST_TIMEOUT,
        socketTimeout: options.request_timeout ?? REQUEST_TIMEOUT,
        throwOnRequestTimeout: true,
      });
  }

  add(declared: AwsClientTerms['declared'], region: string, credentials?: AwsCredentials): AwsClientFactory {
    const { options, target, kept, requestHandler, calls } = this;
    const env = options.env ?? process.env;
    const config = {
      ...(credentials ? { credentials } : {}),
      requestHandler,
      retryMode: 'adaptive',
      maxAttempts: options.max_attempts ?? MAX_ATTEMPTS,
      // A bucket whose region we may not ask for tells it when it is asked in the wrong one.
      followRegionRedirects: true,
      // A stand-in for AWS has no host name per bucket.
      forcePathStyle: Boolean(env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL),
    };
    const standIn = env.AWS_ENDPOINT_URL_S3_CONTROL;
    const stand_in_host = standIn && new URL(standIn).hostname;
    const told = options.told && ((call: AwsCall) => options.told?.(target, call));
    const clients = awsClients({ config, region, calls, declared, stand_in_host, told, kept });
    this.opened.push(clients);
    return clients.client;
  }

  close(): void {
    for (const clients of this.opened) clients.destroy();
    this.opened.length = 0;
  }
}

/** What the session of a cell looks with; undefined for the hub's own rights. */
async function roleCredentials(
  options: AwsConnectorOptions,
  target: CellTarget,
  clients: ClientSets,
): Promise<AwsCredentials | undefined> {
  const client = clients.add({ by: 'awsConnector', actions: [ASSUME_ROLE] }, options.region, options.credentials);
  const { external_id, session_name, account_id, category } = target;
  if (category !== AWS_DISCOVERY_CATEGORY) {
    if (account_id === options.own_account_id) return options.credentials;
    const role_arn = `arn:${options.partition ?? 'aws'}:iam::${account_id}:role/${options.spoke_role_name}`;
    const refusal =
      account_id === options.management_account_id ? 'management_account_role_denied' : 'assume_role_denied';
    return assumeRole(client, { role_arn, external_id, session_name, refusal });
  }
  const role_arn = options.organization_role_arn;
  if (role_arn === undefined) return options.credentials;
  return assumeRole(client, { role_arn, external_id, session_name, refusal: 'organization_access_denied' });
}
