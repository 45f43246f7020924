import {
  BedrockAgentCoreControlClient,
  GetMemoryCommand,
  ListMemoriesCommand,
  ListTagsForResourceCommand,
  type Memory,
  type MemorySummary,
} from '@aws-sdk/client-bedrock-agentcore-control';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';
import { statedEdge } from './stated-edge.ts';

const LIST = 'bedrock-agentcore:ListMemories';
const GET = 'bedrock-agentcore:GetMemory';
const TAGS = 'bedrock-agentcore:ListTagsForResource';

/** The AgentCore memories of a region: what agents remember is in them. No event and no record is read. */
export const memories: AwsCollector = {
  id: 'bedrock-agentcore.memories',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_agentcore_memory'],
  edge_types: ['RUNS_AS', 'BELONGS_TO'],
  actions: [LIST, GET, TAGS],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) => session.client(BedrockAgentCoreControlClient).send(new ListMemoriesCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ memories }) => memories,
      name: ({ arn, id }) => arn ?? id,
      look: (summary) => lookAtMemory(session, summary),
    }),
};

async function* lookAtMemory(
  session: AwsSession,
  summary: MemorySummary,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(BedrockAgentCoreControlClient);
  const item = required(summary.arn, 'arn');
  const memory = yield* readItem({ action: GET, item }, async () =>
    answered((await client.send(new GetMemoryCommand({ memoryId: required(summary.id, 'id') }))).memory, 'memory'),
  );
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ resourceArn: item }))).tags, 'tags'),
  );
  yield* toMemory(summary, session, { memory, tags });
}

/** What other calls told about a memory. */
export interface MemoryDetails {
  readonly memory: Reading<Memory>;
  readonly tags: Reading<Readonly<Record<string, string>>>;
}

/** A memory and the role that works on it. Prompts of its strategies are not kept. Throws TypeError on an odd record. */
export function* toMemory(
  summary: MemorySummary,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  details: MemoryDetails,
): Generator<Observation, void, undefined> {
  const arn = required(summary.arn, 'arn');
  const ref = arnRef('aws_agentcore_memory', arn);
  const memory = details.memory.known ? details.memory.value : undefined;
  const role = memory?.memoryExecutionRoleArn;
  yield {
    kind: 'node',
    ...ref,
    display_name: memory?.name ?? required(summary.id, 'id'),
    properties: known({
      arn,
      memory_id: summary.id,
      name: memory?.name,
      region: home.region,
      role_arn: memory && (role ?? null),
      encryption_key: memory && (memory.encryptionKeyArn ?? null),
      strategy_types: memory && [...new Set((memory.strategies ?? []).flatMap(({ type }) => type ?? []))].sort(),
      managed_by: summary.managedByResourceArn ?? null,
      tags: details.tags.known ? tagsOfMap(details.tags.value) : undefined,
    }),
    api: LIST,
    property_apis: { name: GET, role_arn: GET, encryption_key: GET, strategy_types: GET, tags: TAGS },
  };
  yield belongsTo(ref, home, LIST);
  if (role) {
    const stated = { field: `memoryExecutionRoleArn[${role}]`, api: GET };
    yield statedEdge('RUNS_AS', ref, arnRef('aws_iam_role', role), stated);
  }
}
