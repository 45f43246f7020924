import {
  BedrockClient,
  GetModelInvocationLoggingConfigurationCommand,
  type LoggingConfig,
} from '@aws-sdk/client-bedrock';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { known } from '../properties.ts';
import { oneItem, readListing } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { bucketRef, statedEdge } from './stated-edge.ts';

const GET = 'bedrock:GetModelInvocationLoggingConfiguration';

/** Where a region logs what models are asked and answer, if it does: the logs hold content, so where they are is a fact. No log is read. */
export const invocationLogging: AwsCollector = {
  id: 'bedrock.invocation-logging',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_bedrock_invocation_logging'],
  edge_types: ['STORED_IN', 'BELONGS_TO'],
  actions: [GET],
  async *collect(session) {
    const { loggingConfig } = await readListing(GET, () =>
      session.client(BedrockClient).send(new GetModelInvocationLoggingConfigurationCommand({})),
    );
    // Without a configuration nothing is logged: then there is nothing.
    if (loggingConfig)
      yield* oneItem({ action: GET, item: loggingArn(session) }, () => toLogging(loggingConfig, session));
  },
};

/** The logging of a region. A configuration has no ARN of its own: it is named as if it had one. */
export function* toLogging(
  logging: LoggingConfig,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Observation, void, undefined> {
  const arn = loggingArn(home);
  const ref = arnRef('aws_bedrock_invocation_logging', arn);
  const logs = logging.cloudWatchConfig;
  const buckets = [
    { purpose: 'log', name: logging.s3Config?.bucketName },
    { purpose: 'large_data_log', name: logs?.largeDataDeliveryS3Config?.bucketName },
  ];
  yield {
    kind: 'node',
    ...ref,
    display_name: `Bedrock invocation logging in ${home.region}`,
    properties: known({
      region: home.region,
      // AWS delivers what is not switched off.
      logged: Object.entries({
        audio: logging.audioDataDeliveryEnabled,
        embedding: logging.embeddingDataDeliveryEnabled,
        image: logging.imageDataDeliveryEnabled,
        text: logging.textDataDeliveryEnabled,
        video: logging.videoDataDeliveryEnabled,
      }).flatMap(([name, enabled]) => (enabled === false ? [] : [name])),
      log_group: logs?.logGroupName ?? null,
      role_arn: logs?.roleArn ?? null,
      buckets: buckets.flatMap(({ name }) => name || []),
    }),
    api: GET,
  };
  yield belongsTo(ref, home, GET);
  if (logs?.logGroupName) {
    const group = `arn:${home.partition}:logs:${home.region}:${home.account}:log-group:${logs.logGroupName}`;
    const stated = {
      field: `cloudWatchConfig.logGroupName[${logs.logGroupName}]`,
      api: GET,
      properties: { purpose: 'log' },
    };
    yield statedEdge('STORED_IN', ref, arnRef('aws_log_group', group), stated);
  }
  for (const { purpose, name } of buckets) {
    if (!name) continue;
    const stated = { field: `${purpose}[${name}]`, api: GET, properties: { purpose } };
    yield statedEdge('STORED_IN', ref, bucketRef(name, home), stated);
  }
}

const loggingArn = ({ partition, region, account }: Pick<AwsSession, 'account' | 'partition' | 'region'>): string =>
  `arn:${partition}:bedrock:${region}:${account}:model-invocation-logging-configuration`;
