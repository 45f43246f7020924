import {
  ConfigServiceClient,
  type ConfigurationRecorder,
  type ConfigurationRecorderStatus,
  type DeliveryChannel,
  DescribeConfigurationRecorderStatusCommand,
  DescribeConfigurationRecordersCommand,
  DescribeDeliveryChannelsCommand,
  type RecordingGroup,
} from '@aws-sdk/client-config-service';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { bucketArn, keyArn, namedEdge } from '../named-edge.ts';
import { known, moment, required } from '../properties.ts';
import { answered, listed, oneItem, type Reading, readItem, readListing } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'config:DescribeConfigurationRecorders';
const STATUS = 'config:DescribeConfigurationRecorderStatus';
const CHANNELS = 'config:DescribeDeliveryChannels';

/**
 * The recorder of a region: what it records, as whom, and where it puts it. A region has one at most that is the account's
 * own, and one delivery channel; those that AWS's services keep for themselves are not in the answer.
 * https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigurationRecorders.html
 */
export const recorders: AwsCollector = {
  id: 'config.recorders',
  category: 'aws_config',
  regional: true,
  entity_types: ['aws_config_recorder'],
  edge_types: ['BELONGS_TO', 'RUNS_AS', 'STORED_IN'],
  actions: [LIST, STATUS, CHANNELS],
  async *collect(session) {
    const client = session.client(ConfigServiceClient);
    const answer = await readListing(LIST, () => client.send(new DescribeConfigurationRecordersCommand({})));
    for (const recorder of listed(LIST, answer.ConfigurationRecorders)) {
      const item = recorder.arn ?? recorder.name ?? 'a recorder without a name';
      yield* oneItem({ action: LIST, item }, () => lookAtRecorder(session, recorder));
    }
  },
};

async function* lookAtRecorder(
  session: AwsSession,
  recorder: ConfigurationRecorder,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(ConfigServiceClient);
  const name = required(recorder.name, 'name');
  const item = recorderArn(recorder, session);
  const status = yield* readItem({ action: STATUS, item }, async () => {
    const { ConfigurationRecordersStatus } = await client.send(new DescribeConfigurationRecorderStatusCommand({}));
    const found = listed(STATUS, ConfigurationRecordersStatus).find((one) => one.name === name);
    answered(found?.recording, 'recording');
    return found;
  });
  const channel = yield* readItem({ action: CHANNELS, item }, async () => {
    const { DeliveryChannels } = await client.send(new DescribeDeliveryChannelsCommand({}));
    return listed(CHANNELS, DeliveryChannels)[0];
  });
  yield* toRecorder(recorder, session, { status, channel });
}

type Place = Pick<AwsSession, 'account' | 'partition' | 'region'>;

/** Recorders made before they had an ARN, and answers of older regions, have a name only: it is unique in its region. */
const recorderArn = ({ arn, name }: ConfigurationRecorder, { partition, region, account }: Place): string =>
  arn ?? `arn:${partition}:config:${region}:${account}:configuration-recorder/${required(name, 'name')}`;

/** What other calls told about a recorder. */
export interface RecorderDetails {
  readonly status: Reading<ConfigurationRecorderStatus>;
  readonly channel: Reading<DeliveryChannel>;
}

/**
 * A recorder. Whether it records is a fact, since somebody decided it; how it fares is activity. Throws TypeError on a
 * record that makes no sense.
 */
export function* toRecorder(
  recorder: ConfigurationRecorder,
  session: Place,
  { status, channel }: RecorderDetails,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_config_recorder', recorderArn(recorder, session));
  yield {
    kind: 'node',
    ...ref,
    display_name: required(recorder.name, 'name'),
    properties: known({
      arn: ref.source_record_id,
      name: recorder.name,
      region: session.region,
      role_arn: recorder.roleARN ?? null,
      service_principal: recorder.servicePrincipal ?? null,
      recording_scope: recorder.recordingScope,
      ...recordedBy(recorder.recordingGroup),
      frequency: recorder.recordingMode?.recordingFrequency,
      frequency_overrides: recorder.recordingMode?.recordingModeOverrides?.map((override) => ({
        resource_types: sorted(override.resourceTypes),
        frequency: required(override.recordingFrequency, 'recordingFrequency'),
      })),
      is_recording: status.known ? status.value?.recording : undefined,
      bucket: channel.known ? (channel.value?.s3BucketName ?? null) : undefined,
      key_prefix: channel.known ? (channel.value?.s3KeyPrefix ?? null) : undefined,
      encryption_key: channel.known ? (channel.value?.s3KmsKeyArn ?? null) : undefined,
      topic_arn: channel.known ? (channel.value?.snsTopicARN ?? null) : undefined,
    }),
    api: LIST,
    property_apis: {
      is_recording: STATUS,
      bucket: CHANNELS,
      key_prefix: CHANNELS,
      encryption_key: CHANNELS,
      topic_arn: CHANNELS,
    },
  };
  yield belongsTo(ref, session, LIST);
  const role = { field: 'roleARN', to: 'aws_iam_role', arn: recorder.roleARN } as const;
  yield* namedEdge(ref, { edge_type: 'RUNS_AS', ...role, api: LIST });
  if (channel.known && channel.value) {
    const stored = { edge_type: 'STORED_IN', api: CHANNELS } as const;
    const bucket = bucketArn(channel.value.s3BucketName, session.partition);
    yield* namedEdge(ref, { ...stored, field: 's3BucketName', to: 'aws_s3_bucket', arn: bucket });
    yield* namedEdge(ref, {
      ...stored,
      field: 's3KmsKeyArn',
      to: 'aws_kms_key',
      arn: keyArn(channel.value.s3KmsKeyArn),
    });
  }
  if (status.known && status.value) {
    const { lastStatus, lastErrorCode, lastStartTime, lastStopTime, lastStatusChangeTime } = status.value;
    yield {
      kind: 'activity',
      entity: ref,
      name: 'recording',
      value: {
        last_status: lastStatus ?? null,
        last_error_code: lastErrorCode || null,
        last_started_at: moment(lastStartTime) ?? null,
        last_stopped_at: moment(lastStopTime) ?? null,
        last_changed_at: moment(lastStatusChangeTime) ?? null,
      },
    };
  }
}

/** The kinds of things that it records: all, all but some, or some. */
const recordedBy = (group: RecordingGroup | undefined): Readonly<Record<string, Json | undefined>> => ({
  records_all_supported: group?.allSupported ?? false,
  records_global_types: group?.includeGlobalResourceTypes ?? false,
  recording_strategy: group?.recordingStrategy?.useOnly,
  resource_types: sorted(group?.resourceTypes),
  excluded_resource_types: sorted(group?.exclusionByResourceTypes?.resourceTypes),
});

const sorted = (types: readonly string[] | undefined): readonly string[] => [...(types ?? [])].sort();
