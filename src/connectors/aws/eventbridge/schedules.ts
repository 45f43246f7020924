import {
  GetScheduleCommand,
  type GetScheduleOutput,
  ListSchedulesCommand,
  SchedulerClient,
  type ScheduleSummary,
} from '@aws-sdk/client-scheduler';
import type { Observation } from '../../../observations/observation.ts';
import { DESCRIBE_TASK_DEFINITION, definitionInUse, type LookedAt } from '../ecs-ecr/task-definitions.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { toInvocation } from './invocation.ts';

const LIST = 'scheduler:ListSchedules';
const GET = 'scheduler:GetSchedule';

/** The schedules of a region, of all groups: what they start, and as whom. */
export const schedules: AwsCollector = {
  id: 'scheduler.schedules',
  category: 'aws_eventbridge',
  regional: true,
  entity_types: ['aws_schedule', 'aws_ecs_task_definition'],
  edge_types: ['BELONGS_TO', 'INVOKES', 'RUNS_AS', 'STORED_IN'],
  actions: [LIST, GET, DESCRIBE_TASK_DEFINITION],
  collect(session, cursor) {
    const definitions: LookedAt = new Map();
    return lookAtEach({
      action: LIST,
      cursor,
      fetch: (NextToken) => session.client(SchedulerClient).send(new ListSchedulesCommand({ NextToken })),
      next: (page) => page.NextToken,
      items: (page) => page.Schedules,
      name: (summary) => summary.Arn ?? summary.Name ?? 'a schedule without a name',
      look: (summary) => lookAtSchedule(session, summary, definitions),
    });
  },
};

async function* lookAtSchedule(
  session: AwsSession,
  summary: ScheduleSummary,
  definitions: LookedAt,
): AsyncGenerator<Observation, void, undefined> {
  const item = required(summary.Arn, 'Arn');
  const schedule = yield* readItem({ action: GET, item }, async () => {
    const { GroupName, Name } = summary;
    const answer = await session.client(SchedulerClient).send(new GetScheduleCommand({ GroupName, Name }));
    answered(answer.Target, 'Target');
    return answer;
  });
  const definition = schedule.known ? schedule.value?.Target?.EcsParameters?.TaskDefinitionArn : undefined;
  if (definition) yield* definitionInUse(session, definition, definitions);
  yield* toSchedule(summary, session, { schedule, definitions });
}

/** What other calls told about a schedule. */
export interface ScheduleDetails {
  readonly schedule: Reading<GetScheduleOutput>;
  readonly definitions: LookedAt;
}

/** A schedule. The listing names its target, and not its role. Throws TypeError on a record that makes no sense. */
export function* toSchedule(
  summary: ScheduleSummary,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { schedule, definitions }: ScheduleDetails,
): Generator<Observation, void, undefined> {
  const arn = required(summary.Arn, 'Arn');
  const name = required(summary.Name, 'Name');
  const ref = arnRef('aws_schedule', arn);
  const found = schedule.known ? schedule.value : undefined;
  const target = found?.Target;
  const target_arn = required(target?.Arn ?? summary.Target?.Arn, 'Target.Arn');
  const { account, partition, region } = session;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region,
      group_arn: `arn:${partition}:scheduler:${region}:${account}:schedule-group/${required(summary.GroupName, 'GroupName')}`,
      state: summary.State,
      target_arn,
      role_arn: found && (target?.RoleArn ?? null),
      schedule: found?.ScheduleExpression,
      timezone: found && (found.ScheduleExpressionTimezone ?? null),
      dead_letter_arn: found && (target?.DeadLetterConfig?.Arn ?? null),
      encryption_key: found && (found.KmsKeyArn ?? null),
      event_source: found && (target?.EventBridgeParameters?.Source ?? null),
      event_detail_type: found && (target?.EventBridgeParameters?.DetailType ?? null),
    }),
    api: LIST,
    property_apis: {
      role_arn: GET,
      schedule: GET,
      timezone: GET,
      dead_letter_arn: GET,
      encryption_key: GET,
      event_source: GET,
      event_detail_type: GET,
    },
  };
  yield belongsTo(ref, session, LIST);
  yield* toInvocation(
    ref,
    { arn: target_arn, role_arn: target?.RoleArn, task_definition: target?.EcsParameters?.TaskDefinitionArn },
    { field: 'Target', api: found ? GET : LIST, definitions },
  );
}
