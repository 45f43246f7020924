import {
  type AgentAliasSummary,
  type AgentSummary,
  BedrockAgentClient,
  GetAgentActionGroupCommand,
  GetAgentCommand,
  GetAgentVersionCommand,
  ListAgentActionGroupsCommand,
  ListAgentAliasesCommand,
  ListAgentCollaboratorsCommand,
  ListAgentKnowledgeBasesCommand,
  ListAgentsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-bedrock-agent';
import type { Gap, Observation } from '../../../observations/observation.ts';
import { lookAtEach, readAll } from '../look-at-each.ts';
import { required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { type ActionGroup, actionGroup } from './action-group.ts';
import { AGENT_APIS, type AgentVersionDetails, type AgentVersionFacts, agentArn, toAgent } from './agent.ts';

const LIST = AGENT_APIS.agents;

/** The version that is being worked on: AWS routes its test alias to it. */
const DRAFT = 'DRAFT';

/** The agents of a region: the draft and the versions that aliases route to, what each may do and as whom. Prompts are not kept. */
export const agents: AwsCollector = {
  id: 'bedrock-agent.agents',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_bedrock_agent'],
  edge_types: ['RUNS_AS', 'INVOKES', 'BELONGS_TO'],
  actions: Object.values(AGENT_APIS),
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) => session.client(BedrockAgentClient).send(new ListAgentsCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ agentSummaries }) => agentSummaries,
      name: ({ agentId }) => agentId && agentArn(agentId, session),
      look: (summary) => lookAtAgent(session, summary),
    }),
};

async function* lookAtAgent(session: AwsSession, summary: AgentSummary): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(BedrockAgentClient);
  const agentId = required(summary.agentId, 'agentId');
  const item = agentArn(agentId, session);
  const draft = yield* readItem({ action: AGENT_APIS.agent, item }, async () =>
    answered((await client.send(new GetAgentCommand({ agentId }))).agent, 'agent'),
  );
  const aliases = yield* readAll(
    { action: AGENT_APIS.aliases, item },
    (nextToken) => client.send(new ListAgentAliasesCommand({ agentId, nextToken })),
    ({ agentAliasSummaries }) => agentAliasSummaries,
  );
  const tags = yield* readItem({ action: AGENT_APIS.tags, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ resourceArn: item }))).tags, 'tags'),
  );
  const versions = [yield* lookAtVersion(session, { agentId, version: DRAFT }, draft)];
  for (const version of versionsInUse((aliases.known && aliases.value) || [])) {
    const what = {
      action: AGENT_APIS.version,
      item: `${item}/version/${version}`,
      absent: ['ResourceNotFoundException'],
    };
    const facts = yield* readItem(what, async () => {
      const answer = await client.send(new GetAgentVersionCommand({ agentId, agentVersion: version }));
      return answered(answer.agentVersion, 'agentVersion');
    });
    // A version that was deleted while we looked is none.
    if (facts.known && !facts.value) continue;
    versions.push(yield* lookAtVersion(session, { agentId, version }, facts));
  }
  yield* toAgent({ agentId, name: required(summary.agentName, 'agentName'), draft, aliases, tags, versions }, session);
}

/** The versions that aliases route to, but for the draft. */
const versionsInUse = (aliases: readonly AgentAliasSummary[]): readonly string[] => {
  const routed = aliases.flatMap(({ routingConfiguration }) => routingConfiguration ?? []);
  const versions = new Set(routed.flatMap(({ agentVersion }) => agentVersion ?? []));
  versions.delete(DRAFT);
  return [...versions].sort();
};

interface VersionOf {
  readonly agentId: string;
  readonly version: string;
}

async function* lookAtVersion(
  session: AwsSession,
  { agentId, version }: VersionOf,
  facts: Reading<AgentVersionFacts>,
): AsyncGenerator<Gap, AgentVersionDetails, undefined> {
  const client = session.client(BedrockAgentClient);
  const item = `${agentArn(agentId, session)}/version/${version}`;
  const of = { agentId, agentVersion: version };
  const action_groups = yield* actionGroupsOf(session, { agentId, version });
  const knowledge_bases = yield* readAll(
    { action: AGENT_APIS.knowledge_bases, item },
    (nextToken) => client.send(new ListAgentKnowledgeBasesCommand({ ...of, nextToken })),
    ({ agentKnowledgeBaseSummaries }) => agentKnowledgeBaseSummaries,
  );
  // Only a supervisor has collaborators: others are not asked.
  const collaboration = facts.known ? (facts.value?.agentCollaboration ?? 'DISABLED') : undefined;
  const collaborators =
    collaboration === 'DISABLED'
      ? ({ known: true, value: [] } as const)
      : yield* readAll(
          { action: AGENT_APIS.collaborators, item },
          (nextToken) => client.send(new ListAgentCollaboratorsCommand({ ...of, nextToken })),
          ({ agentCollaboratorSummaries }) => agentCollaboratorSummaries,
        );
  return { version, facts, action_groups, knowledge_bases, collaborators };
}

/** The action groups of a version; known only if each of them is. */
async function* actionGroupsOf(
  session: AwsSession,
  { agentId, version }: VersionOf,
): AsyncGenerator<Gap, AgentVersionDetails['action_groups'], undefined> {
  const client = session.client(BedrockAgentClient);
  const item = `${agentArn(agentId, session)}/version/${version}`;
  const of = { agentId, agentVersion: version };
  const summaries = yield* readAll(
    { action: AGENT_APIS.action_groups, item },
    (nextToken) => client.send(new ListAgentActionGroupsCommand({ ...of, nextToken })),
    ({ actionGroupSummaries }) => actionGroupSummaries,
  );
  const groups: ActionGroup[] = [];
  let complete = summaries.known;
  for (const { actionGroupId } of (summaries.known && summaries.value) || []) {
    const read = yield* readItem(
      {
        action: AGENT_APIS.action_group,
        item: `${item}/action-group/${actionGroupId}`,
        absent: ['ResourceNotFoundException'],
      },
      async () => {
        const answer = await client.send(new GetAgentActionGroupCommand({ ...of, actionGroupId }));
        return actionGroup(answered(answer.agentActionGroup, 'agentActionGroup'), version);
      },
    );
    if (!read.known) complete = false;
    else if (read.value) groups.push(read.value);
  }
  return { groups, complete };
}
