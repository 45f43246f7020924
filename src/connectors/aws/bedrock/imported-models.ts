import {
  BedrockClient,
  GetImportedModelCommand,
  type GetImportedModelResponse,
  GetModelImportJobCommand,
  type ImportedModelSummary,
  ListImportedModelsCommand,
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

const LIST = 'bedrock:ListImportedModels';
const GET = 'bedrock:GetImportedModel';
const JOB = 'bedrock:GetModelImportJob';
const TAGS = 'bedrock:ListTagsForResource';

/** The models that were brought into a region: from which bucket, and as whom the job read it. */
export const importedModels: AwsCollector = {
  id: 'bedrock.imported-models',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_bedrock_imported_model'],
  edge_types: ['STORED_IN', 'BELONGS_TO'],
  actions: [LIST, GET, JOB, TAGS],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) => session.client(BedrockClient).send(new ListImportedModelsCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ modelSummaries }) => modelSummaries,
      name: ({ modelArn, modelName }) => modelArn ?? modelName,
      look: (summary) => lookAtModel(session, summary),
    }),
};

async function* lookAtModel(
  session: AwsSession,
  summary: ImportedModelSummary,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(BedrockClient);
  const item = required(summary.modelArn, 'modelArn');
  const details = yield* readItem({ action: GET, item }, () =>
    client.send(new GetImportedModelCommand({ modelIdentifier: item })),
  );
  const jobArn = details.known ? details.value?.jobArn : undefined;
  const role: Reading<string> = jobArn
    ? yield* readItem({ action: JOB, item: jobArn, absent: ['ResourceNotFoundException'] }, async () =>
        answered((await client.send(new GetModelImportJobCommand({ jobIdentifier: jobArn }))).roleArn, 'roleArn'),
      )
    : { known: details.known, value: undefined };
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ resourceARN: item }))).tags, 'tags'),
  );
  yield* toImportedModel(summary, session, { details, role, tags });
}

/** What other calls told about an imported model. */
export interface ImportedModelDetails {
  readonly details: Reading<GetImportedModelResponse>;
  /** Role of the job that brought it in. */
  readonly role: Reading<string>;
  readonly tags: Reading<readonly Tag[]>;
}

/** An imported model and the bucket it came from. Throws TypeError on a record that makes no sense. */
export function* toImportedModel(
  summary: ImportedModelSummary,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { details, role, tags }: ImportedModelDetails,
): Generator<Observation, void, undefined> {
  const arn = required(summary.modelArn, 'modelArn');
  const ref = arnRef('aws_bedrock_imported_model', arn);
  const model = details.known ? details.value : undefined;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(summary.modelName, 'modelName'),
    properties: known({
      arn,
      name: summary.modelName,
      region: home.region,
      architecture: summary.modelArchitecture ?? null,
      job_arn: model && (model.jobArn ?? null),
      job_role_arn: role.known ? (role.value ?? null) : undefined,
      encryption_key: model && (model.modelKmsKeyArn ?? null),
      tags: tags.known ? tagsOfList(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: { job_arn: GET, job_role_arn: JOB, encryption_key: GET, tags: TAGS },
  };
  yield belongsTo(ref, home, LIST);
  const bucket = bucketOfUri(model?.modelDataSource?.s3DataSource?.s3Uri);
  if (bucket !== undefined) {
    const stated = { field: `modelDataSource[${bucket}]`, api: GET, properties: { purpose: 'model_data' } };
    yield statedEdge('STORED_IN', ref, bucketRef(bucket, home), stated);
  }
}
