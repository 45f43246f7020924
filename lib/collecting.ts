import { Validations } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { CheckAwsEnv } from '../lambdas/check-aws/env.ts';
import { CollectAwsEnv } from '../lambdas/collect-aws/env.ts';
import { organizationActions } from '../stacksets/read-policies.ts';
import { CHECK_TIMEOUT } from './checking.ts';
import type { HubConfig } from './config.ts';
import type { DatabaseAccess } from './database-access.ts';
import { HubFunction } from './hub-function.ts';
import type { HubWide } from './hub-wide.ts';
import type { WorkQueue } from './work-queue.ts';

/** What collecting is wired to. */
export interface CollectingProps {
  readonly hub: HubWide;
  readonly database: DatabaseAccess;
  /** Cells to work on, and where further parts of them go. */
  readonly cells: WorkQueue;
  /** Where a run goes on when its discovery is done. */
  readonly plans: WorkQueue;
  /** Where it is told that a run is over. */
  readonly events: EventBus;
}

/** A cell becomes facts: the one role that may enter other accounts, and only as the spoke role there. */
export class Collecting extends Construct {
  readonly function: HubFunction<typeof CollectAwsEnv>;
  /** Tries what the collector will do. */
  readonly check: HubFunction<typeof CheckAwsEnv>;

  constructor(scope: Construct, id: string, props: CollectingProps) {
    super(scope, id);
    const { hub, database, cells, plans, events } = props;
    const { collector, organization, identity_center } = hub.config;
    const access = {
      MONGODB_SECRET_ARN: database.secretArn,
      SPOKE_ROLE_NAME: hub.config.spoke_role_name,
      ...(organization && { MANAGEMENT_ACCOUNT_ID: organization.management_account_id }),
      ...(organization?.organization_role_arn && { AWS_ORGANIZATION_ROLE_ARN: organization.organization_role_arn }),
    };

    this.function = new HubFunction(this, 'CollectAws', {
      hub,
      duty: 'collect-aws',
      description: 'Looks at one category of one AWS account',
      schema: CollectAwsEnv,
      environment: {
        ...access,
        ...(identity_center && {
          IDENTITY_CENTER_ACCOUNT_ID: identity_center.account_id,
          IDENTITY_CENTER_REGION: identity_center.region,
        }),
        PLAN_QUEUE_URL: plans.queue.queueUrl,
        CELL_QUEUE_URL: cells.queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: cells.deadLetters.queueUrl,
        EVENT_BUS_NAME: events.eventBusName,
        PART_SIZE: `${collector.part_size}`,
      },
      timeout: cells.longestWork,
      memory: collector.memory_mb,
      // A cell is as many parts as it takes, each sent by the one before; its cursor moves on with each of them.
      sendsToItself: true,
    });
    const { role } = this.function;
    database.grantConnect(role);
    plans.grantSend(role);
    cells.grantSend(role);
    cells.grantSetAside(role);
    events.grantPutEventsTo(role);
    grantReach(role, hub.config);

    // In the collector's role, since the spoke roles trust this one by name: with any other it would try something else.
    this.check = new HubFunction(this, 'CheckAws', {
      hub,
      duty: 'check-aws',
      description: 'Tries the connection to AWS accounts',
      schema: CheckAwsEnv,
      environment: access,
      timeout: CHECK_TIMEOUT,
      actsAs: this.function,
    });

    cells.feed(this.function.function, collector.max_concurrency);
  }
}

/** Lets the collector out of the hub's account: where to, the configuration decides, never a caller. */
function grantReach(role: Role, { region, organization, accounts, spoke_role_name }: HubConfig): void {
  // In words and not as a reference, since an exception below names it. Regions that the CDK does not know yet are in `aws`.
  const partition = RegionInfo.get(region).partition ?? 'aws';
  const spokeRoleIn = (account: string): string => `arn:${partition}:iam::${account}:role/${spoke_role_name}`;
  const allow = (actions: readonly string[], resources: string[], conditions = {}): void => {
    role.addToPolicy(new PolicyStatement({ actions: [...actions], resources, conditions }));
  };
  if (organization) {
    const anywhere = spokeRoleIn('*');
    allow(['sts:AssumeRole'], [anywhere], { StringEquals: { 'aws:ResourceOrgID': organization.id } });
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${anywhere}]`,
      reason: 'Accounts come and go: any account, but only one of the organization, and only this role in it',
    });
  }
  if (accounts.length > 0) allow(['sts:AssumeRole'], accounts.map(spokeRoleIn));
  if (organization?.organization_role_arn) allow(['sts:AssumeRole'], [organization.organization_role_arn]);
  else if (organization) {
    allow(organizationActions(), ['*']);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'The reads that list an organization: AWS knows no narrower resource for most of them',
    });
  }
}
