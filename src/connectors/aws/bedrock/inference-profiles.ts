import {
  BedrockClient,
  type InferenceProfileSummary,
  ListInferenceProfilesCommand,
  ListTagsForResourceCommand,
  type Tag,
} from '@aws-sdk/client-bedrock';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { tagsOfList } from './tag-list.ts';

const LIST = 'bedrock:ListInferenceProfiles';
const TAGS = 'bedrock:ListTagsForResource';

/** The inference profiles that the account made. Those of AWS itself are the same everywhere and left out. */
export const inferenceProfiles: AwsCollector = {
  id: 'bedrock.inference-profiles',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_bedrock_inference_profile'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, TAGS],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) =>
        session.client(BedrockClient).send(new ListInferenceProfilesCommand({ typeEquals: 'APPLICATION', nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ inferenceProfileSummaries }) =>
        inferenceProfileSummaries?.filter(({ type }) => type !== 'SYSTEM_DEFINED'),
      name: ({ inferenceProfileArn, inferenceProfileId }) => inferenceProfileArn ?? inferenceProfileId,
      look: (summary) => lookAtProfile(session, summary),
    }),
};

async function* lookAtProfile(
  session: AwsSession,
  summary: InferenceProfileSummary,
): AsyncGenerator<Observation, void, undefined> {
  const item = required(summary.inferenceProfileArn, 'inferenceProfileArn');
  const tags = yield* readItem({ action: TAGS, item }, async () => {
    const answer = await session.client(BedrockClient).send(new ListTagsForResourceCommand({ resourceARN: item }));
    return answered(answer.tags, 'tags');
  });
  yield* toInferenceProfile(summary, session, tags);
}

/** An inference profile and the models that it leads to. Throws TypeError on a record that makes no sense. */
export function* toInferenceProfile(
  summary: InferenceProfileSummary,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  tags: Reading<readonly Tag[]>,
): Generator<Observation, void, undefined> {
  const arn = required(summary.inferenceProfileArn, 'inferenceProfileArn');
  const ref = arnRef('aws_bedrock_inference_profile', arn);
  yield {
    kind: 'node',
    ...ref,
    display_name: required(summary.inferenceProfileName, 'inferenceProfileName'),
    properties: known({
      arn,
      name: summary.inferenceProfileName,
      region: home.region,
      models: required(summary.models, 'models')
        .map(({ modelArn }) => required(modelArn, 'modelArn'))
        .sort(),
      tags: tags.known ? tagsOfList(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: { tags: TAGS },
  };
  yield belongsTo(ref, home, LIST);
}
