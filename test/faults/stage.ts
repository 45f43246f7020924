import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { upSpokeRoles } from '../../labs/mediapro/estate.ts';
import { EMULATED_MANAGEMENT_ACCOUNT } from '../../labs/mediapro/names.ts';
import { ensureOrganization } from '../../labs/mediapro/organization.ts';
import { emulatedWorld } from '../../labs/world.ts';
import { BUNDLE_FILE, bundle } from '../../lib/bundle/bundle.ts';
import type { ClientSettings } from '../../tools/local/aws/aws.ts';
import { toolPath } from '../../tools/local/checkout.ts';
import { type MongoProxy, startMongoProxy } from '../../tools/local/mongo-proxy.ts';
import { type Services, startServices } from '../../tools/local/services.ts';
import { estateOf } from './estate.ts';

/** The functions that these tests run. */
export const DUTIES = ['api', 'plan-run', 'collect-aws', 'tick', 'request-stitch'] as const;
export type Duty = (typeof DUTIES)[number];

/** An emulated AWS with a hub's account, an account to look at, and the code of the hub's functions as it is deployed. */
export interface FaultStage {
  readonly services: Services;
  /** What the functions talk to the database through. */
  readonly proxy: MongoProxy;
  readonly hub_account: string;
  readonly spoke_account: string;
  readonly collector_role: string;
  readonly estate: ReturnType<typeof estateOf>;
  /** Settings of a client that is the root of the hub's account. */
  readonly root: ClientSettings;
  /** Whom a function acts as. */
  readonly identityOf: (duty: Duty) => Readonly<Record<string, string>>;
  readonly bundleOf: (duty: Duty) => string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Name of the role that the spoke roles trust. */
const COLLECTOR_ROLE = 'throughline-collect-aws';
const ANYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** Starts the services, makes the accounts with their spoke roles, and bundles the functions. */
export async function setFaultStage(): Promise<FaultStage> {
  const services = await startServices();
  try {
    const { aws, run, mongo } = services;
    const world = emulatedWorld(aws);
    const { placement } = await ensureOrganization(world, EMULATED_MANAGEMENT_ACCOUNT);
    const { security: hub_account, workloads: spoke_account } = placement.accounts;
    const root = aws.client(hub_account);
    const session = await collectorSession(root, hub_account);
    await upSpokeRoles(world, placement, { account: hub_account, collector_role_name: COLLECTOR_ROLE });
    const folder = run.file('faults');
    for (const duty of DUTIES) {
      mkdirSync(path.join(folder, duty), { recursive: true });
      bundle(duty, path.join(folder, duty));
    }
    const proxy = services.mongoProxy ?? (await startMongoProxy(mongo.uri));
    // Every test starts functions anew: their code is compiled once.
    const compiled = { NODE_COMPILE_CACHE: path.join(folder, 'compiled') };
    const env = { ...aws.env(hub_account), ...compiled, PATH: toolPath(), HOME: folder, TMPDIR: folder };
    return {
      services,
      proxy,
      hub_account,
      spoke_account,
      collector_role: `arn:aws:iam::${hub_account}:role/${COLLECTOR_ROLE}`,
      estate: estateOf(aws, spoke_account),
      root,
      identityOf: (duty) => (duty === 'collect-aws' ? { ...env, ...session } : env),
      bundleOf: (duty) => path.join(folder, duty, BUNDLE_FILE),
      folder,
      stop: async () => {
        await proxy.stop();
        await services.stop();
      },
    };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

/** The collector enters spoke roles as itself and as nobody else; what it may do at home is tested where it is deployed. */
async function collectorSession(root: ClientSettings, account: string): Promise<Readonly<Record<string, string>>> {
  const iam = new IAMClient(root);
  const sts = new STSClient(root);
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }],
  };
  const RoleName = COLLECTOR_ROLE;
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  await iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'anything', PolicyDocument: JSON.stringify(ANYTHING) }),
  );
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${RoleName}`, RoleSessionName: 'collect-aws' }),
  );
  iam.destroy();
  sts.destroy();
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}
