import { Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { CheckSourcesEnv } from '../lambdas/check-sources/env.ts';
import type { HubConfig } from './config.ts';
import type { DatabaseAccess } from './database-access.ts';
import { HubFunction } from './hub-function.ts';
import type { HubWide } from './hub-wide.ts';

/** Of functions that try connections: they end by themselves 2 s before, and the API waits for them. */
export const CHECK_TIMEOUT = Duration.seconds(20);

/** What checking is wired to. */
export interface CheckingProps {
  readonly hub: HubWide;
  readonly database: DatabaseAccess;
}

/** Connections to sources other than AWS are tried here: by the one role that may read the credentials for them. */
export class Checking extends Construct {
  readonly function: HubFunction<typeof CheckSourcesEnv>;

  constructor(scope: Construct, id: string, props: CheckingProps) {
    super(scope, id);
    const { hub, database } = props;

    this.function = new HubFunction(this, 'CheckSources', {
      hub,
      duty: 'check-sources',
      description: 'Tries the connection to sources other than AWS',
      schema: CheckSourcesEnv,
      environment: {
        MONGODB_SECRET_ARN: database.secretArn,
        SOURCE_HOSTS: JSON.stringify(hub.config.source_hosts),
      },
      timeout: CHECK_TIMEOUT,
    });
    database.grantConnect(this.function.role);
    grantCredentials(this.function.role, hub.config);
  }
}

/** Lets a function read the credentials of sources, whichever tenant's: which of them, it checks itself. */
function grantCredentials(role: Role, { region, account }: HubConfig): void {
  const partition = RegionInfo.get(region).partition ?? 'aws';
  const credentials = `arn:${partition}:secretsmanager:${region}:${account}:secret:throughline/*`;
  role.addToPolicy(new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [credentials] }));
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${credentials}]`,
    reason:
      'Tenants bring their own secrets, under names that begin with theirs; the hub does not know them beforehand',
  });
}
