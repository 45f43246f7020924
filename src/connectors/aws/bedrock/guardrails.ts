import {
  BedrockClient,
  GetGuardrailCommand,
  type GetGuardrailResponse,
  type GuardrailSummary,
  ListGuardrailsCommand,
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

const LIST = 'bedrock:ListGuardrails';
const GET = 'bedrock:GetGuardrail';
const TAGS = 'bedrock:ListTagsForResource';

/** The guardrails of a region and which kinds of policy they have. What they block (words, topics, patterns) is not kept. */
export const guardrails: AwsCollector = {
  id: 'bedrock.guardrails',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_bedrock_guardrail'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, GET, TAGS],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      // Without an identifier AWS lists the draft of each guardrail, and no numbered version.
      fetch: (nextToken) => session.client(BedrockClient).send(new ListGuardrailsCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ guardrails }) => guardrails,
      name: ({ arn, id }) => arn ?? id,
      look: (summary) => lookAtGuardrail(session, summary),
    }),
};

async function* lookAtGuardrail(
  session: AwsSession,
  summary: GuardrailSummary,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(BedrockClient);
  const item = required(summary.arn, 'arn');
  const details = yield* readItem({ action: GET, item }, () =>
    client.send(new GetGuardrailCommand({ guardrailIdentifier: summary.id ?? item })),
  );
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ resourceARN: item }))).tags, 'tags'),
  );
  yield* toGuardrail(summary, session, { details, tags });
}

/** What other calls told about a guardrail. */
export interface GuardrailDetails {
  readonly details: Reading<GetGuardrailResponse>;
  readonly tags: Reading<readonly Tag[]>;
}

/** A guardrail. Throws TypeError on a record that makes no sense. */
export function* toGuardrail(
  summary: GuardrailSummary,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { details, tags }: GuardrailDetails,
): Generator<Observation, void, undefined> {
  const arn = required(summary.arn, 'arn');
  const ref = arnRef('aws_bedrock_guardrail', arn);
  const guardrail = details.known ? details.value : undefined;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(summary.name, 'name'),
    properties: known({
      arn,
      guardrail_id: summary.id,
      name: summary.name,
      region: home.region,
      encryption_key: guardrail && (guardrail.kmsKeyArn ?? null),
      policies: guardrail && policiesOf(guardrail),
      tags: tags.known ? tagsOfList(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: { encryption_key: GET, policies: GET, tags: TAGS },
  };
  yield belongsTo(ref, home, LIST);
}

const policiesOf = (guardrail: GetGuardrailResponse): readonly string[] =>
  Object.entries({
    automated_reasoning: guardrail.automatedReasoningPolicy,
    content: guardrail.contentPolicy,
    contextual_grounding: guardrail.contextualGroundingPolicy,
    sensitive_information: guardrail.sensitiveInformationPolicy,
    topic: guardrail.topicPolicy,
    word: guardrail.wordPolicy,
  }).flatMap(([name, policy]) => (policy ? [name] : []));
