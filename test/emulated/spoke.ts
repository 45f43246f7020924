import { CreateRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { upSpokeRoles } from '../../labs/mediapro/estate.ts';
import { EMULATED_MANAGEMENT_ACCOUNT, TENANT } from '../../labs/mediapro/names.ts';
import { ensureOrganization } from '../../labs/mediapro/organization.ts';
import { emulatedWorld } from '../../labs/world.ts';
import type { AwsCredentials } from '../../src/connectors/aws/clients.ts';
import { type AwsConnectorOptions, awsConnector } from '../../src/connectors/aws/connector.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import { externalIdOf } from '../../src/control/connector-instance.ts';
import { SPOKE_ROLE_NAME } from '../../stacksets/spoke-role.ts';
import { type Aws, type ClientSettings, startAws } from '../../tools/local/aws/aws.ts';
import { openRun, type Run } from '../../tools/local/run-folder.ts';
import { type Observed, observe } from '../connectors/observed.ts';

/** Name of the role that the spoke roles trust. */
export const COLLECTOR_ROLE = 'throughline-collect-aws';

/** What the tasks of one category brought. */
export interface Collected extends Omit<Observed, 'row' | 'cursors'> {
  /** By collector, or `<collector> <region>` where it looked at more than one region. */
  readonly by: Readonly<Record<string, Observed>>;
  /** Status of each row of coverage, by the same names. */
  readonly coverage: Readonly<Record<string, Observed['row']['status']>>;
  /** Calls made, retries included. */
  readonly calls: number;
}

/** An emulated AWS with IAM enforced, and one member account in it that has the spoke role of the present declarations. */
export interface Spoke {
  readonly aws: Aws;
  readonly account: string;
  /** Another member account, for what crosses accounts. It has the spoke role too. */
  readonly other_account: string;
  readonly region: string;
  /** Makes a client that is the root of the account, or of another one: for seeding. Closed when the spoke stops. */
  root<Client extends { destroy(): void }>(
    service: new (settings: ClientSettings) => Client,
    place?: { readonly account?: string; readonly region?: string },
  ): Client;
  /** The connector, as the hub's collector has it; `options` differ from that. */
  connector(options?: Partial<AwsConnectorOptions>): Connector;
  /** Looks at the account as the hub would: the spoke role is assumed, and may do what its template says and nothing else. */
  collect(category: string, regions?: readonly string[], options?: Partial<AwsConnectorOptions>): Promise<Collected>;
  /** Does something while a policy of the account's own denies the spoke role some actions. */
  without<Result>(actions: readonly string[], work: () => Promise<Result>): Promise<Result>;
  stop(): Promise<void>;
}

/** Starts it: about 5 seconds. One for each test file, in `beforeAll`; `await spoke?.stop()` in `afterAll`. */
export async function startSpoke(): Promise<Spoke> {
  const run = openRun();
  try {
    return await spokeIn(run, await startAws(run));
  } catch (error) {
    await run.close();
    throw error;
  }
}

async function spokeIn(run: Run, aws: Aws): Promise<Spoke> {
  // The connector's clients take the address from the environment, as a deployed function's do.
  process.env.AWS_ENDPOINT_URL = aws.endpoint;
  // This one puts the account's id in front of the host, which an address does not bear.
  process.env.AWS_ENDPOINT_URL_S3_CONTROL = aws.endpoint.replace('127.0.0.1', 'localhost');
  const world = emulatedWorld(aws);
  const { placement } = await ensureOrganization(world, EMULATED_MANAGEMENT_ACCOUNT);
  const { security: hub, workloads: account, data: other_account } = placement.accounts;
  const credentials = await collectorSession(aws, hub);
  await upSpokeRoles(world, placement, { account: hub, collector_role_name: COLLECTOR_ROLE });
  const seeding: { destroy(): void }[] = [];
  const connector = (options: Partial<AwsConnectorOptions> = {}) =>
    awsConnector({ region: aws.region, spoke_role_name: SPOKE_ROLE_NAME, credentials, max_attempts: 1, ...options });
  return {
    aws,
    account,
    other_account,
    region: aws.region,
    root: (service, place = {}) => {
      const client = new service({
        ...aws.client(place.account ?? account),
        ...(place.region ? { region: place.region } : {}),
      });
      seeding.push(client);
      return client;
    },
    connector,
    collect: (category, regions = [aws.region], options = {}) =>
      collect(connector(options), { category, account_id: account, regions, external_id: externalIdOf(hub, TENANT) }),
    without: (actions, work) => without(aws.client(account), actions, work),
    stop: async () => {
      for (const client of seeding) client.destroy();
      await aws.stop();
      await run.close();
    },
  };
}

/** Runs every task of a category in one session. */
async function collect(
  connector: Connector,
  target: Omit<Parameters<Connector['open']>[0], 'session_name'>,
): Promise<Collected> {
  const source = await connector.open({ ...target, session_name: 'emulated' });
  try {
    const by: Record<string, Observed> = {};
    for (const task of await connector.tasks(target.category, target.regions)) {
      const name = target.regions.length > 1 ? `${task.collector} ${task.region}` : task.collector;
      by[name] = await observe(source.run(task));
    }
    const all = Object.values(by);
    return {
      by,
      observations: all.flatMap(({ observations }) => observations),
      nodes: all.flatMap(({ nodes }) => nodes),
      edges: all.flatMap(({ edges }) => edges),
      gaps: all.flatMap(({ gaps }) => gaps),
      coverage: Object.fromEntries(Object.entries(by).map(([name, { row }]) => [name, row.status])),
      calls: source.calls(),
    };
  } finally {
    source.close();
  }
}

async function without<Result>(
  settings: ClientSettings,
  actions: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  const iam = new IAMClient(settings);
  const policy = { RoleName: SPOKE_ROLE_NAME, PolicyName: 'denied-for-a-while' };
  const PolicyDocument = document({ Effect: 'Deny', Action: actions, Resource: '*' });
  try {
    await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument }));
    return await work();
  } finally {
    await iam.send(new DeleteRolePolicyCommand(policy)).finally(() => iam.destroy());
  }
}

/** The session of the role that spoke roles trust: it may assume them, and nothing else. */
async function collectorSession(aws: Aws, hub: string): Promise<AwsCredentials> {
  const settings = aws.client(hub);
  const iam = new IAMClient(settings);
  const sts = new STSClient(settings);
  try {
    const RoleName = COLLECTOR_ROLE;
    const AssumeRolePolicyDocument = allow({
      Principal: { AWS: `arn:aws:iam::${hub}:root` },
      Action: 'sts:AssumeRole',
    });
    const PolicyDocument = allow({ Action: 'sts:AssumeRole', Resource: `arn:aws:iam::*:role/${SPOKE_ROLE_NAME}` });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'spoke-roles', PolicyDocument }));
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'collect-aws' }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } finally {
    iam.destroy();
    sts.destroy();
  }
}

const allow = (of: object): string => document({ Effect: 'Allow', ...of });

const document = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
