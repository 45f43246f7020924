import {
  BedrockAgentClient,
  GetDataSourceCommand,
  GetKnowledgeBaseCommand,
  type KnowledgeBase,
  type KnowledgeBaseSummary,
  ListDataSourcesCommand,
  ListKnowledgeBasesCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-bedrock-agent';
import { parseArn } from '../../../kernel/arn.ts';
import type { Gap, Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { unqualified } from '../lambda/function-arn.ts';
import { lookAtEach, readAll } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';
import { knowledgeBaseArn } from './agent.ts';
import { type KnowledgeSource, knowledgeSource } from './data-source.ts';
import { knowledgeStore } from './knowledge-store.ts';
import { bucketOfUri, bucketRef, statedEdge } from './stated-edge.ts';

const LIST = 'bedrock:ListKnowledgeBases';
const GET = 'bedrock:GetKnowledgeBase';
const SOURCES = 'bedrock:ListDataSources';
const SOURCE = 'bedrock:GetDataSource';
const TAGS = 'bedrock:ListTagsForResource';

/** The knowledge bases of a region: as whom they read, from where, and where they keep it. No document is read. */
export const knowledgeBases: AwsCollector = {
  id: 'bedrock-agent.knowledge-bases',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_bedrock_knowledge_base'],
  edge_types: ['RUNS_AS', 'STORED_IN', 'INVOKES', 'BELONGS_TO'],
  actions: [LIST, GET, SOURCES, SOURCE, TAGS],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) => session.client(BedrockAgentClient).send(new ListKnowledgeBasesCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ knowledgeBaseSummaries }) => knowledgeBaseSummaries,
      name: ({ knowledgeBaseId }) => knowledgeBaseId && knowledgeBaseArn(knowledgeBaseId, session),
      look: (summary) => lookAtKnowledgeBase(session, summary),
    }),
};

async function* lookAtKnowledgeBase(
  session: AwsSession,
  summary: KnowledgeBaseSummary,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(BedrockAgentClient);
  const knowledgeBaseId = required(summary.knowledgeBaseId, 'knowledgeBaseId');
  const item = knowledgeBaseArn(knowledgeBaseId, session);
  const base = yield* readItem({ action: GET, item }, async () =>
    answered((await client.send(new GetKnowledgeBaseCommand({ knowledgeBaseId }))).knowledgeBase, 'knowledgeBase'),
  );
  const sources = yield* sourcesOf(session, knowledgeBaseId);
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ resourceArn: item }))).tags, 'tags'),
  );
  yield* toKnowledgeBase(summary, session, { base, sources, tags });
}

/** The data sources of a knowledge base; complete only if each of them is known. */
async function* sourcesOf(
  session: AwsSession,
  knowledgeBaseId: string,
): AsyncGenerator<Gap, KnowledgeBaseDetails['sources'], undefined> {
  const client = session.client(BedrockAgentClient);
  const item = knowledgeBaseArn(knowledgeBaseId, session);
  const summaries = yield* readAll(
    { action: SOURCES, item },
    (nextToken) => client.send(new ListDataSourcesCommand({ knowledgeBaseId, nextToken })),
    ({ dataSourceSummaries }) => dataSourceSummaries,
  );
  const seen: KnowledgeSource[] = [];
  let complete = summaries.known;
  for (const { dataSourceId } of (summaries.known && summaries.value) || []) {
    const what = {
      action: SOURCE,
      item: `${item}/data-source/${dataSourceId}`,
      absent: ['ResourceNotFoundException'],
    };
    const read = yield* readItem(what, async () => {
      const { dataSource } = await client.send(new GetDataSourceCommand({ knowledgeBaseId, dataSourceId }));
      return knowledgeSource(answered(dataSource, 'dataSource'));
    });
    if (!read.known) complete = false;
    else if (read.value) seen.push(read.value);
  }
  return { seen, complete };
}

/** What other calls told about a knowledge base. */
export interface KnowledgeBaseDetails {
  readonly base: Reading<KnowledgeBase>;
  readonly sources: { readonly seen: readonly KnowledgeSource[]; readonly complete: boolean };
  readonly tags: Reading<Readonly<Record<string, string>>>;
}

/** A knowledge base, its role, its buckets and its store. Throws TypeError on a record that makes no sense. */
export function* toKnowledgeBase(
  summary: KnowledgeBaseSummary,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { base, sources, tags }: KnowledgeBaseDetails,
): Generator<Observation, void, undefined> {
  const id = required(summary.knowledgeBaseId, 'knowledgeBaseId');
  const arn = knowledgeBaseArn(id, home);
  const ref = arnRef('aws_bedrock_knowledge_base', arn);
  const described = base.known ? base.value : undefined;
  const configuration = described?.knowledgeBaseConfiguration;
  const vectors = configuration?.vectorKnowledgeBaseConfiguration ?? configuration?.managedKnowledgeBaseConfiguration;
  const store = described && knowledgeStore(described);
  yield {
    kind: 'node',
    ...ref,
    display_name: required(summary.name, 'name'),
    properties: known({
      arn,
      knowledge_base_id: id,
      name: summary.name,
      region: home.region,
      type: described && (configuration?.type ?? null),
      role_arn: described && (described.roleArn || null),
      embedding_model_arn: described && (vectors?.embeddingModelArn ?? null),
      store: store && { ...store },
      data_sources: sources.complete ? sources.seen.map((source) => ({ ...source })) : undefined,
      tags: tags.known ? tagsOfMap(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: {
      type: GET,
      role_arn: GET,
      embedding_model_arn: GET,
      store: GET,
      data_sources: SOURCE,
      tags: TAGS,
    },
  };
  yield belongsTo(ref, home, LIST);
  const role = described?.roleArn;
  if (role) yield statedEdge('RUNS_AS', ref, arnRef('aws_iam_role', role), { field: `roleArn[${role}]`, api: GET });
  for (const store_arn of store?.arns ?? []) {
    if (!parseArn(store_arn)) throw new TypeError('the store of a knowledge base has no ARN');
    const stated = { field: `storageConfiguration[${store_arn}]`, api: GET, properties: { purpose: 'store' } };
    yield statedEdge('STORED_IN', ref, arnRef('aws_data_store', store_arn), stated);
  }
  for (const { s3Location } of vectors?.supplementalDataStorageConfiguration?.storageLocations ?? []) {
    const bucket = bucketOfUri(s3Location?.uri);
    if (bucket === undefined) continue;
    const stated = { field: `storageLocations[${bucket}]`, api: GET, properties: { purpose: 'supplemental_store' } };
    yield statedEdge('STORED_IN', ref, bucketRef(bucket, home), stated);
  }
  for (const source of sources.seen) yield* edgesOfSource(ref, source);
}

function* edgesOfSource(ref: ReturnType<typeof arnRef>, source: KnowledgeSource): Generator<Observation> {
  const { id, bucket_arn, bucket_owner, prefixes, transformed_by } = source;
  if (bucket_arn !== null) {
    yield statedEdge('STORED_IN', ref, arnRef('aws_s3_bucket', bucket_arn), {
      field: `dataSource[${id}].bucketArn[${bucket_arn}]`,
      api: SOURCE,
      properties: known({ purpose: 'data_source', data_source: id, prefixes, bucket_owner: bucket_owner ?? undefined }),
    });
  }
  for (const lambda of transformed_by) {
    yield statedEdge('INVOKES', ref, arnRef('aws_lambda_function', unqualified(lambda)), {
      field: `dataSource[${id}].transformations[${lambda}]`,
      api: SOURCE,
    });
  }
}
