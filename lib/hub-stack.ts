import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { externalIdOf } from '../src/control/connector-instance.ts';
import { Alarms } from './alarms.ts';
import { Checking } from './checking.ts';
import { Collecting } from './collecting.ts';
import type { HubConfig } from './config.ts';
import { ControlApi } from './control-api.ts';
import { DatabaseAccess } from './database-access.ts';
import { EncryptionKey } from './encryption-key.ts';
import type { HubWide } from './hub-wide.ts';
import { Planning } from './planning.ts';
import { SpokeRoleStackSet } from './spoke-role-stackset.ts';
import { Stitching } from './stitching.ts';
import { Tick } from './tick.ts';
import { WorkQueue } from './work-queue.ts';

/** What a hub is made of. */
export interface HubStackProps extends StackProps {
  readonly config: HubConfig;
}

/** The hub: what is between the stages first, then the stages in the order of the flow. */
export class HubStack extends Stack {
  constructor(scope: Construct, id: string, props: HubStackProps) {
    super(scope, id, props);
    const { config } = props;
    const { organization } = config;

    const { key } = new EncryptionKey(this, 'Encryption', { name: config.name });
    const alarms = new Alarms(this, 'Alarms', config.alarm_topic_arn ? { topicArn: config.alarm_topic_arn } : {});
    const hub: HubWide = { config, key, alarms };
    const database = new DatabaseAccess(this, 'Database', { hub });

    const plans = new WorkQueue(this, 'Plans', {
      hub,
      // Writing and sending 12,000 cells takes half a minute.
      longestWork: Duration.minutes(2),
      tooOld: Duration.minutes(15),
    });
    const cells = new WorkQueue(this, 'Cells', {
      hub,
      longestWork: Duration.seconds(config.collector.timeout_seconds),
      // A cell that another run has under way comes again every 15 s until it is free.
      mostReceives: 100,
      // The cells of a large run wait for their lanes.
      tooOld: Duration.hours(6),
    });
    const events = new EventBus(this, 'Events', { description: `What is over in ${config.name}` });
    const stitches = new WorkQueue(this, 'Stitches', {
      hub,
      longestWork: Duration.minutes(15),
      delay: Duration.seconds(config.stitch.delay_seconds),
      tooOld: Duration.hours(1),
    });

    const collecting = new Collecting(this, 'Collecting', { hub, database, cells, plans, events });
    const checking = new Checking(this, 'Checking', { hub, database });
    const checks = { aws: collecting.check, sources: checking.function };
    const stitching = new Stitching(this, 'Stitching', { hub, database, events, stitches });
    const { api } = new ControlApi(this, 'ControlApi', { hub, database, plans, cells, checks, stitches, stitching });
    new Planning(this, 'Planning', { hub, database, plans, cells, events });
    new Tick(this, 'Tick', { hub, database, plans, cells, stitches, events });
    if (organization?.stackset.deploy) {
      const collectorRoleName = collecting.function.roleName;
      new SpokeRoleStackSet(this, 'SpokeRole', { config, organization, collectorRoleName });
    }

    const output = (name: string, value: string): CfnOutput => new CfnOutput(this, name, { value });
    output('ApiUrl', api.apiEndpoint);
    output('ApiId', api.apiId);
    output('PlanQueueUrl', plans.queue.queueUrl);
    output('PlanDeadLetterQueueUrl', plans.deadLetters.queueUrl);
    output('CellQueueUrl', cells.queue.queueUrl);
    output('CellDeadLetterQueueUrl', cells.deadLetters.queueUrl);
    output('StitchQueueUrl', stitches.queue.queueUrl);
    output('StitchDeadLetterQueueUrl', stitches.deadLetters.queueUrl);
    output('EventBusName', events.eventBusName);
    output('SecretArn', database.secretArn);
    output('CollectorRoleArn', collecting.function.role.roleArn);
    if (organization) output('ExternalId', externalIdOf(config.account, organization.tenant_id));
  }
}
