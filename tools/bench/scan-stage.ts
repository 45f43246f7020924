import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type HubIdentity, upEstate, upOrganizationRole, upSpokeRoles } from '../../labs/mediapro/estate.ts';
import { EMULATED_MANAGEMENT_ACCOUNT } from '../../labs/mediapro/names.ts';
import { ensureOrganization, type Organization } from '../../labs/mediapro/organization.ts';
import { emulatedWorld, type World } from '../../labs/world.ts';
import { ORGANIZATION_ROLE_NAME } from '../../stacksets/organization-role.ts';
import { SPOKE_ROLE_NAME } from '../../stacksets/spoke-role.ts';
import { type Aws, type ClientSettings, startAws } from '../local/aws/aws.ts';
import { type Mongo, startMongo } from '../local/mongo.ts';
import { type MongoProxy, startMongoProxy } from '../local/mongo-proxy.ts';
import { openRun } from '../local/run-folder.ts';

/** The role of a person in the security account, who looks at the estate without a hub. */
const CALLER_ROLE = 'throughline-scan';

/** The tenant of `npm run scan`, where none is named. */
const TENANT = 'local';

/** The MediaPro estate on the emulator, with somebody who may enter its spoke roles, and no hub. */
export interface ScanStage {
  readonly aws: Aws;
  readonly world: World;
  readonly mongo: Mongo;
  /** In front of the database: counts writes. */
  readonly proxy: MongoProxy;
  readonly organization: Organization;
  readonly organization_role_arn: string;
  /** Whom the spoke roles and the organization role trust. */
  readonly hub: HubIdentity;
  /** The caller: may enter the spoke roles and the organization role, and nothing else. */
  readonly caller: ClientSettings['credentials'];
  /** The environment in which a process is the caller, with the database behind the proxy. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts the emulator and a database, and brings up estate and roles. */
export async function setScanStage(): Promise<ScanStage> {
  const run = openRun();
  try {
    const [aws, mongo] = await Promise.all([startAws(run), startMongo(run)]);
    const proxy = await startMongoProxy(mongo.uri);
    const world = emulatedWorld(aws);
    const organization = await ensureOrganization(world, EMULATED_MANAGEMENT_ACCOUNT);
    const { placement, management_account } = organization;
    const { security } = placement.accounts;
    const organization_role_arn = `arn:aws:iam::${management_account}:role/${ORGANIZATION_ROLE_NAME}`;
    const caller = await callerSession(aws, security, [
      `arn:aws:iam::*:role/${SPOKE_ROLE_NAME}`,
      organization_role_arn,
    ]);
    const hub = { account: security, collector_role_name: CALLER_ROLE, tenant_id: TENANT };
    await upEstate(world, placement);
    await upSpokeRoles(world, placement, hub);
    await upOrganizationRole(world, management_account, placement, hub);
    return {
      aws,
      world,
      mongo,
      proxy,
      organization,
      organization_role_arn,
      hub,
      caller,
      env: {
        ...aws.env(security),
        AWS_ACCESS_KEY_ID: caller.accessKeyId,
        AWS_SECRET_ACCESS_KEY: caller.secretAccessKey,
        AWS_SESSION_TOKEN: caller.sessionToken ?? '',
        // This one puts the account's id in front of the host, which an address does not bear.
        AWS_ENDPOINT_URL_S3_CONTROL: aws.endpoint.replace('127.0.0.1', 'localhost'),
        MONGODB_URI: proxy.uri,
      },
      stop: async () => {
        await proxy.stop();
        await mongo.stop();
        await aws.stop();
        await run.close();
      },
    };
  } catch (error) {
    await run.close();
    throw error;
  }
}

/** The session of a role that may assume some roles and nothing else. */
async function callerSession(
  aws: Aws,
  account: string,
  roles: readonly string[],
): Promise<ClientSettings['credentials']> {
  const iam = new IAMClient(aws.client(account));
  const sts = new STSClient(aws.client(account));
  try {
    const RoleName = CALLER_ROLE;
    const trust = { Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' };
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: allow(trust) }));
    const PolicyDocument = allow({ Action: 'sts:AssumeRole', Resource: roles });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'enter', PolicyDocument }));
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'scan' }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } finally {
    iam.destroy();
    sts.destroy();
  }
}

const allow = (of: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...of }] });
