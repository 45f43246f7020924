import {
  BedrockClient,
  type CustomModelSummary,
  GetCustomModelCommand,
  type GetCustomModelResponse,
  GetModelCustomizationJobCommand,
  ListCustomModelsCommand,
  ListTagsForResourceCommand,
  type Tag,
} from '@aws-sdk/client-bedrock';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { bucketOfUri, bucketRef, statedEdge } from './stated-edge.ts';
import { tagsOfList } from './tag-list.ts';

const LIST = 'bedrock:ListCustomModels';
const GET = 'bedrock:GetCustomModel';
const JOB = 'bedrock:GetModelCustomizationJob';
const TAGS = 'bedrock:ListTagsForResource';

/** The models that were customized in a region: with whose data, and as whom the job read it. */
export const customModels: AwsCollector = {
  id: 'bedrock.custom-models',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_bedrock_custom_model'],
  edge_types: ['STORED_IN', 'BELONGS_TO'],
  actions: [LIST, GET, JOB, TAGS],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      // Models that other accounts share with this one are theirs to tell about.
      fetch: (nextToken) =>
        session.client(BedrockClient).send(new ListCustomModelsCommand({ isOwned: true, nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ modelSummaries }) => modelSummaries,
      name: ({ modelArn, modelName }) => modelArn ?? modelName,
      look: (summary) => lookAtModel(session, summary),
    }),
};

async function* lookAtModel(
  session: AwsSession,
  summary: CustomModelSummary,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(BedrockClient);
  const item = required(summary.modelArn, 'modelArn');
  const details = yield* readItem({ action: GET, item }, () =>
    client.send(new GetCustomModelCommand({ modelIdentifier: item })),
  );
  const jobArn = details.known ? details.value?.jobArn : undefined;
  // A job is forgotten before its model; a copied model has none.
  const role: Reading<string> = jobArn
    ? yield* readItem({ action: JOB, item: jobArn, absent: ['ResourceNotFoundException'] }, async () =>
        answered(
          (await client.send(new GetModelCustomizationJobCommand({ jobIdentifier: jobArn }))).roleArn,
          'roleArn',
        ),
      )
    : { known: details.known, value: undefined };
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ resourceARN: item }))).tags, 'tags'),
  );
  yield* toCustomModel(summary, session, { details, role, tags });
}

/** What other calls told about a customized model. */
export interface CustomModelDetails {
  readonly details: Reading<GetCustomModelResponse>;
  /** Role of the job that made it. */
  readonly role: Reading<string>;
  readonly tags: Reading<readonly Tag[]>;
}

/** A customized model and the buckets of its data. Throws TypeError on a record that makes no sense. */
export function* toCustomModel(
  summary: CustomModelSummary,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { details, role, tags }: CustomModelDetails,
): Generator<Observation, void, undefined> {
  const arn = required(summary.modelArn, 'modelArn');
  const ref = arnRef('aws_bedrock_custom_model', arn);
  const model = details.known ? details.value : undefined;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(summary.modelName, 'modelName'),
    properties: known({
      arn,
      name: summary.modelName,
      region: home.region,
      base_model_arn: summary.baseModelArn ?? null,
      customization_type: summary.customizationType ?? null,
      job_arn: model && (model.jobArn ?? null),
      job_role_arn: role.known ? (role.value ?? null) : undefined,
      encryption_key: model && (model.modelKmsKeyArn ?? null),
      tags: tags.known ? tagsOfList(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: { job_arn: GET, job_role_arn: JOB, encryption_key: GET, tags: TAGS },
  };
  yield belongsTo(ref, home, LIST);
  for (const { purpose, uri } of model ? dataOf(model) : []) {
    const bucket = bucketOfUri(uri);
    if (bucket === undefined) continue;
    const stated = { field: `${purpose}[${bucket}]`, api: GET, properties: { purpose } };
    yield statedEdge('STORED_IN', ref, bucketRef(bucket, home), stated);
  }
}

const dataOf = (model: GetCustomModelResponse): readonly { purpose: string; uri: string | undefined }[] => [
  { purpose: 'training_data', uri: model.trainingDataConfig?.s3Uri },
  ...[...new Set((model.validationDataConfig?.validators ?? []).map(({ s3Uri }) => bucketOfUri(s3Uri)))].map(
    (bucket) => ({ purpose: 'validation_data', uri: bucket && `s3://${bucket}` }),
  ),
  { purpose: 'output_data', uri: model.outputDataConfig?.s3Uri },
];
