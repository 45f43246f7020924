import { writeFileSync } from 'node:fs';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { PERMISSIONS } from '../../lambdas/api/route.ts';
import { cdk } from './cdk.ts';
import type { TokenClaims } from './oidc.ts';
import type { Services } from './services.ts';

/** Where a local hub goes, and what it may look at. */
export interface HubPlace {
  readonly account: string;
  readonly organization: {
    readonly id: string;
    readonly management_account_id: string;
    readonly tenant_id: string;
    readonly organizational_unit_ids: readonly string[];
    readonly organization_role_arn: string;
  };
  /** Seconds that changes gather before a stitch. @default 1: a lab does not want to wait */
  readonly stitch_delay_seconds?: number;
}

/** A hub that answers. */
export interface LocalHub {
  /** Name of its stack, and beginning of the names of its roles. */
  readonly name: string;
  readonly account: string;
  readonly collector_role_name: string;
  /** Where `/api/v1` is below. */
  readonly api_url: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Seconds that bootstrapping and deploying took. */
  readonly seconds: number;
  /** Mints a token; without claims one that may do everything in the tenant's workspace. */
  readonly token: (claims?: TokenClaims) => Promise<string>;
}

const NAME = 'throughline';

const Outputs = z.looseObject({ ApiId: z.string(), SecretArn: z.string() });

/** Deploys the hub with the CDK CLI, as somebody would into a real account, and tells it where its database is. */
export async function deployHub(services: Services, place: HubPlace, workspace: string): Promise<LocalHub> {
  const { aws, mongo, mongoProxy, oidc, run } = services;
  const config = run.file('hub.json');
  writeFileSync(config, JSON.stringify(configOf(services, place), undefined, 2));
  const options = { account: place.account, context: { config } };
  const environment = `aws://${place.account}/${aws.region}`;
  // Without it the emulator attaches a policy without a name to the role that deploys.
  const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';
  const bootstrapped = await cdk(
    services,
    ['bootstrap', environment, '--cloudformation-execution-policies', admin],
    options,
  );
  const deployed = await cdk(services, ['deploy', '--all'], options);
  const outputs = Outputs.parse(deployed.outputs[NAME]);
  const secrets = new SecretsManagerClient(aws.client(place.account));
  await secrets.send(
    new PutSecretValueCommand({ SecretId: outputs.SecretArn, SecretString: mongoProxy?.uri ?? mongo.uri }),
  );
  secrets.destroy();
  return {
    name: NAME,
    account: place.account,
    collector_role_name: `${NAME}-collect-aws`,
    api_url: aws.apiUrl(outputs.ApiId),
    outputs: deployed.outputs[NAME] ?? {},
    seconds: bootstrapped.seconds + deployed.seconds,
    token: (claims) =>
      oidc.token({
        sub: 'local-operator',
        org_id: place.organization.tenant_id,
        workspaces: [workspace],
        permissions: [...PERMISSIONS],
        ...claims,
      }),
  };
}

/** The emulator knows no StackSets: the lab puts the same template into each account itself. */
const configOf = ({ aws, oidc }: Services, place: HubPlace) => ({
  name: NAME,
  account: place.account,
  region: aws.region,
  oidc: { issuer: oidc.issuer, audience: [oidc.audience] },
  organization: { ...place.organization, stackset: { deploy: false, call_as: 'DELEGATED_ADMIN' } },
  // Tests ask more in a minute than people do.
  api: { requests_per_minute: 6_000 },
  stitch: { delay_seconds: place.stitch_delay_seconds ?? 1 },
  log_retention_days: 7,
});
