import {
  ListScheduleGroupsCommand,
  ListTagsForResourceCommand,
  type ScheduleGroupSummary,
  SchedulerClient,
  type Tag,
} from '@aws-sdk/client-scheduler';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';

const LIST = 'scheduler:ListScheduleGroups';
const TAGS = 'scheduler:ListTagsForResource';

/** The groups of the schedules of a region: schedules have no tags but those of their group. */
export const scheduleGroups: AwsCollector = {
  id: 'scheduler.groups',
  category: 'aws_eventbridge',
  regional: true,
  entity_types: ['aws_schedule_group'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, TAGS],
  collect(session, cursor) {
    const client = session.client(SchedulerClient);
    return lookAtEach({
      action: LIST,
      cursor,
      fetch: (NextToken) => client.send(new ListScheduleGroupsCommand({ NextToken })),
      next: (page) => page.NextToken,
      items: (page) => page.ScheduleGroups,
      name: (group) => group.Arn ?? group.Name ?? 'a group without a name',
      look: (group) => lookAtGroup(session, group),
    });
  },
};

async function* lookAtGroup(
  session: AwsSession,
  group: ScheduleGroupSummary,
): AsyncGenerator<Observation, void, undefined> {
  const item = required(group.Arn, 'Arn');
  const tags = yield* readItem({ action: TAGS, item }, async () => {
    const answer = await session.client(SchedulerClient).send(new ListTagsForResourceCommand({ ResourceArn: item }));
    return answered(answer.Tags, 'Tags');
  });
  yield* toGroup(group, session, tags);
}

/** A group. Throws TypeError on a record that makes no sense. */
export function* toGroup(
  group: ScheduleGroupSummary,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  tags: Reading<readonly Tag[]>,
): Generator<Observation, void, undefined> {
  const arn = required(group.Arn, 'Arn');
  const name = required(group.Name, 'Name');
  const ref = arnRef('aws_schedule_group', arn);
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({ arn, name, region: session.region, tags: tags.known ? sortedTags(tags.value) : undefined }),
    api: LIST,
    property_apis: { tags: TAGS },
  };
  yield belongsTo(ref, session, LIST);
}
