import { Stack, Validations } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CollectAwsEnv } from '../lambdas/collect-aws/env.ts';
import type { HubConfig } from './config.ts';
import type { DatabaseAccess } from './database-access.ts';
import { HubFunction } from './hub-function.ts';
import { type HubWide, hubTerms } from './hub-wide.ts';
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

/** What listing an organization takes. AWS knows no narrower resource for most of them. */
const LIST_ORGANIZATION = [
  'organizations:DescribeOrganization',
  'organizations:ListRoots',
  'organizations:ListOrganizationalUnitsForParent',
  'organizations:ListAccountsForParent',
];

/** A cell becomes facts: the one function that may enter other accounts, and only as the spoke role there. */
export class Collecting extends Construct {
  readonly function: HubFunction<typeof CollectAwsEnv>;

  constructor(scope: Construct, id: string, props: CollectingProps) {
    super(scope, id);
    const { hub, database, cells, plans, events } = props;
    const { collector, organization } = hub.config;

    this.function = new HubFunction(this, 'CollectAws', {
      hub,
      duty: 'collect-aws',
      description: 'Looks at one category of one AWS account',
      schema: CollectAwsEnv,
      environment: {
        MONGODB_SECRET_ARN: database.secretArn,
        PLAN_QUEUE_URL: plans.queue.queueUrl,
        CELL_QUEUE_URL: cells.queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: cells.deadLetters.queueUrl,
        EVENT_BUS_NAME: events.eventBusName,
        ...hubTerms(hub.config),
        ...(organization?.organization_role_arn && { AWS_ORGANIZATION_ROLE_ARN: organization.organization_role_arn }),
        PART_SIZE: `${collector.part_size}`,
      },
      timeout: cells.longestWork,
      memory: collector.memory_mb,
    });
    const { role } = this.function;
    database.grantConnect(role);
    plans.grantSend(role);
    cells.grantSend(role);
    cells.grantSetAside(role);
    events.grantPutEventsTo(role);
    for (const statement of reach(hub.config, Stack.of(this).partition)) role.addToPolicy(statement);
    Validations.of(role).acknowledge(
      {
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::*:role/${hub.config.spoke_role_name}]`,
        reason: 'The accounts of an organization come and go: any of them, by aws:ResourceOrgID, and only this role',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'Only in a hub that lists the organization itself: AWS knows no narrower resource for these four reads',
      },
    );

    cells.feed(this.function.function, collector.max_concurrency);
  }
}

/** What the collector may reach outside: the configuration decides, never a caller. */
function* reach(config: HubConfig, partition: string): Generator<PolicyStatement> {
  const { organization, accounts, spoke_role_name } = config;
  const spokeRoleIn = (account: string): string => `arn:${partition}:iam::${account}:role/${spoke_role_name}`;
  const assume = (resources: string[], conditions = {}): PolicyStatement =>
    new PolicyStatement({ actions: ['sts:AssumeRole'], resources, conditions });
  // Any account, but only while it is in the organization.
  if (organization) yield assume([spokeRoleIn('*')], { StringEquals: { 'aws:ResourceOrgID': organization.id } });
  if (accounts.length > 0) yield assume(accounts.map(spokeRoleIn));
  if (organization?.organization_role_arn) yield assume([organization.organization_role_arn]);
  else if (organization) yield new PolicyStatement({ actions: LIST_ORGANIZATION, resources: ['*'] });
}
