import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  type GetEventSelectorsResponse,
  GetTrailStatusCommand,
  type GetTrailStatusResponse,
  ListTagsCommand,
  type ListTagsResponse,
  type Tag,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { parseArn } from '../../../kernel/arn.ts';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { bucketArn, keyArn, namedEdge } from '../named-edge.ts';
import { known, moment, required } from '../properties.ts';
import { answered, listed, oneItem, pages, type Reading, readItem, readListing } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';
import { selectorsOf } from './event-selectors.ts';

const LIST = 'cloudtrail:DescribeTrails';
const STATUS = 'cloudtrail:GetTrailStatus';
const SELECTORS = 'cloudtrail:GetEventSelectors';
const TAGS = 'cloudtrail:ListTags';

/**
 * The trails of a region: what they record, and where it is kept. A trail is told once, where it lives: without shadow
 * trails, AWS leaves out its copies in other regions and those of an organization's trail in member accounts.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
 */
export const trails: AwsCollector = {
  id: 'cloudtrail.trails',
  category: 'aws_cloudtrail',
  regional: true,
  entity_types: ['aws_cloudtrail_trail'],
  edge_types: ['BELONGS_TO', 'STORED_IN', 'RUNS_AS'],
  actions: [LIST, STATUS, SELECTORS, TAGS],
  async *collect(session) {
    const client = session.client(CloudTrailClient);
    const { trailList } = await readListing(LIST, () =>
      client.send(new DescribeTrailsCommand({ includeShadowTrails: false })),
    );
    for (const trail of listed(LIST, trailList)) {
      if (!livesHere(trail, session)) continue;
      const item = trail.TrailARN ?? trail.Name ?? 'a trail without a name';
      yield* oneItem({ action: LIST, item }, () => lookAtTrail(session, trail));
    }
  },
};

/** Whether a trail is no shadow of one that lives in another region or account, should one be in the answer. */
function livesHere({ TrailARN, HomeRegion }: Trail, { account, region }: AwsSession): boolean {
  const arn = parseArn(TrailARN ?? '');
  return (HomeRegion ?? arn?.region ?? region) === region && (arn?.account ?? account) === account;
}

async function* lookAtTrail(session: AwsSession, trail: Trail): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(CloudTrailClient);
  const item = required(trail.TrailARN, 'TrailARN');
  const status = yield* readItem({ action: STATUS, item }, async () => {
    const answer = await client.send(new GetTrailStatusCommand({ Name: item }));
    answered(answer.IsLogging, 'IsLogging');
    return answer;
  });
  const selectors = yield* readItem({ action: SELECTORS, item }, async () => {
    const answer = await client.send(new GetEventSelectorsCommand({ TrailName: item }));
    answered(answer.AdvancedEventSelectors ?? answer.EventSelectors, 'EventSelectors');
    return answer;
  });
  const tags = yield* readItem({ action: TAGS, item }, () => tagsOf(client, item));
  yield* toTrail(trail, session, { status, selectors, tags });
}

async function tagsOf(client: CloudTrailClient, arn: string): Promise<readonly Tag[]> {
  const tags: Tag[] = [];
  const listing = pages<ListTagsResponse>({
    action: TAGS,
    fetch: (NextToken) => client.send(new ListTagsCommand({ ResourceIdList: [arn], NextToken })),
    next: (page) => page.NextToken,
  });
  for await (const { ResourceTagList } of listing) {
    for (const { TagsList } of listed(TAGS, ResourceTagList)) tags.push(...(TagsList ?? []));
  }
  return tags;
}

/** What other calls told about a trail. */
export interface TrailDetails {
  readonly status: Reading<Omit<GetTrailStatusResponse, '$metadata'>>;
  readonly selectors: Reading<Omit<GetEventSelectorsResponse, '$metadata'>>;
  readonly tags: Reading<readonly Tag[]>;
}

/**
 * A trail. Whether it is logging is a fact: somebody decided it, and what happens meanwhile leaves no trace. When it last
 * delivered is activity. Throws TypeError on a record that makes no sense.
 */
export function* toTrail(
  trail: Trail,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { status, selectors, tags }: TrailDetails,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_cloudtrail_trail', required(trail.TrailARN, 'TrailARN'));
  const log_group_arn = trail.CloudWatchLogsLogGroupArn?.replace(/:\*$/, '');
  yield {
    kind: 'node',
    ...ref,
    display_name: required(trail.Name, 'Name'),
    properties: known({
      arn: ref.source_record_id,
      name: trail.Name,
      region: trail.HomeRegion ?? session.region,
      is_organization_trail: trail.IsOrganizationTrail ?? false,
      is_multi_region: trail.IsMultiRegionTrail ?? false,
      includes_global_services: trail.IncludeGlobalServiceEvents ?? false,
      validates_log_files: trail.LogFileValidationEnabled ?? false,
      has_insight_selectors: trail.HasInsightSelectors ?? false,
      bucket: trail.S3BucketName ?? null,
      key_prefix: trail.S3KeyPrefix ?? null,
      encryption_key: trail.KmsKeyId ?? null,
      log_group_arn: log_group_arn ?? null,
      log_group_role_arn: trail.CloudWatchLogsRoleArn ?? null,
      topic_arn: trail.SnsTopicARN ?? null,
      is_logging: status.known ? status.value?.IsLogging : undefined,
      ...(selectors.known && selectors.value ? selectorsOf(selectors.value) : {}),
      tags: tags.known ? sortedTags(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: {
      is_logging: STATUS,
      event_selectors: SELECTORS,
      advanced_event_selectors: SELECTORS,
      tags: TAGS,
    },
  };
  yield belongsTo(ref, session, LIST);
  const stored = { edge_type: 'STORED_IN', api: LIST } as const;
  const bucket = bucketArn(trail.S3BucketName, session.partition);
  yield* namedEdge(ref, { ...stored, field: 'S3BucketName', to: 'aws_s3_bucket', arn: bucket });
  yield* namedEdge(ref, { ...stored, field: 'KmsKeyId', to: 'aws_kms_key', arn: keyArn(trail.KmsKeyId) });
  yield* namedEdge(ref, { ...stored, field: 'CloudWatchLogsLogGroupArn', to: 'aws_log_group', arn: log_group_arn });
  const role = { field: 'CloudWatchLogsRoleArn', to: 'aws_iam_role', arn: trail.CloudWatchLogsRoleArn } as const;
  yield* namedEdge(ref, { edge_type: 'RUNS_AS', ...role, api: LIST });
  if (status.known && status.value) {
    const { LatestDeliveryTime, LatestDeliveryError, LatestCloudWatchLogsDeliveryTime } = status.value;
    yield {
      kind: 'activity',
      entity: ref,
      name: 'delivery',
      value: {
        last_delivered_at: moment(LatestDeliveryTime) ?? null,
        last_error: LatestDeliveryError || null,
        last_delivered_to_log_group_at: moment(LatestCloudWatchLogsDeliveryTime) ?? null,
      },
    };
  }
}
