import type {
  Agent,
  AgentAliasSummary,
  AgentCollaboratorSummary,
  AgentKnowledgeBaseSummary,
  GuardrailConfiguration,
} from '@aws-sdk/client-bedrock-agent';
import type { Json } from '../../../kernel/canonical.ts';
import type { EntityRef, NormalizedEdge, Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { qualifierOf, unqualified } from '../lambda/function-arn.ts';
import { known, required } from '../properties.ts';
import type { Reading } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';
import type { ActionGroup } from './action-group.ts';
import { mergedEdges, statedEdge } from './stated-edge.ts';

/** The calls that tell about an agent. */
export const AGENT_APIS = {
  agents: 'bedrock:ListAgents',
  agent: 'bedrock:GetAgent',
  aliases: 'bedrock:ListAgentAliases',
  version: 'bedrock:GetAgentVersion',
  action_groups: 'bedrock:ListAgentActionGroups',
  action_group: 'bedrock:GetAgentActionGroup',
  knowledge_bases: 'bedrock:ListAgentKnowledgeBases',
  collaborators: 'bedrock:ListAgentCollaborators',
  tags: 'bedrock:ListTagsForResource',
} as const;

type Home = Pick<AwsSession, 'account' | 'partition' | 'region'>;

/** The part of an agent that each of its versions has of its own: what AWS says of the draft and of a numbered version alike. */
export type AgentVersionFacts = Pick<
  Agent,
  | 'agentResourceRoleArn'
  | 'foundationModel'
  | 'customerEncryptionKeyArn'
  | 'guardrailConfiguration'
  | 'agentCollaboration'
  | 'customOrchestration'
  | 'promptOverrideConfiguration'
>;

/** A version in use and what it may do. */
export interface AgentVersionDetails {
  readonly version: string;
  readonly facts: Reading<AgentVersionFacts>;
  readonly action_groups: { readonly groups: readonly ActionGroup[]; readonly complete: boolean };
  readonly knowledge_bases: Reading<readonly AgentKnowledgeBaseSummary[]>;
  readonly collaborators: Reading<readonly AgentCollaboratorSummary[]>;
}

/** What all calls told about an agent. */
export interface AgentDetails {
  readonly agentId: string;
  readonly name: string;
  readonly draft: Reading<Agent>;
  readonly aliases: Reading<readonly AgentAliasSummary[]>;
  readonly tags: Reading<Readonly<Record<string, string>>>;
  /** The draft first, then those that aliases route to. */
  readonly versions: readonly AgentVersionDetails[];
}

/** An agent with the edges of every version in use. Throws TypeError on a record that makes no sense. */
export function* toAgent(details: AgentDetails, home: Home): Generator<Observation, void, undefined> {
  const { agentId, name, draft, aliases, tags, versions } = details;
  const arn = agentArn(agentId, home);
  const ref = arnRef('aws_bedrock_agent', arn);
  const agent = draft.known ? draft.value : undefined;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      agent_id: agentId,
      name,
      region: home.region,
      role_arn: agent && (agent.agentResourceRoleArn || null),
      foundation_model: agent && (agent.foundationModel || null),
      orchestration: agent && (agent.orchestrationType ?? null),
      collaboration: agent && (agent.agentCollaboration ?? null),
      encryption_key: agent && (agent.customerEncryptionKeyArn ?? null),
      memory_types: agent && [...(agent.memoryConfiguration?.enabledMemoryTypes ?? [])].sort(),
      guardrail: agent && guardrailOf(agent.guardrailConfiguration),
      aliases: aliases.known ? (aliases.value ?? []).map((alias) => aliasOf(alias, agentId, home)) : undefined,
      versions: allKnown(versions.map(({ facts }) => facts))?.map((facts, index) =>
        versionOf(versions[index]?.version ?? '', facts),
      ),
      action_groups: versions.every(({ action_groups }) => action_groups.complete)
        ? versions.flatMap(({ action_groups }) => action_groups.groups.map((group) => ({ ...group })))
        : undefined,
      tags: tags.known ? tagsOfMap(tags.value) : undefined,
    }),
    api: AGENT_APIS.agents,
    property_apis: {
      role_arn: AGENT_APIS.agent,
      foundation_model: AGENT_APIS.agent,
      orchestration: AGENT_APIS.agent,
      collaboration: AGENT_APIS.agent,
      encryption_key: AGENT_APIS.agent,
      memory_types: AGENT_APIS.agent,
      guardrail: AGENT_APIS.agent,
      aliases: AGENT_APIS.aliases,
      versions: AGENT_APIS.version,
      action_groups: AGENT_APIS.action_group,
      tags: AGENT_APIS.tags,
    },
  };
  yield belongsTo(ref, home, AGENT_APIS.agents);
  yield* mergedEdges(versions.flatMap((version) => [...edgesOfVersion(ref, version, home)]));
}

/** What one version runs as and sets in motion. Things that are switched off are not invoked. */
function* edgesOfVersion(
  ref: EntityRef,
  { version, facts, action_groups, knowledge_bases, collaborators }: AgentVersionDetails,
  home: Home,
): Generator<NormalizedEdge, void, undefined> {
  const agent_versions = [version];
  const own = facts.known ? facts.value : undefined;
  const api = version === 'DRAFT' ? AGENT_APIS.agent : AGENT_APIS.version;
  const role = own?.agentResourceRoleArn;
  if (role) {
    const stated = { field: `agentResourceRoleArn[${role}]`, api, properties: { agent_versions } };
    yield statedEdge('RUNS_AS', ref, arnRef('aws_iam_role', role), stated);
  }
  yield* invokedFunction(ref, own?.customOrchestration?.executor?.lambda, {
    field: 'customOrchestration',
    api,
    version,
  });
  yield* invokedFunction(ref, own?.promptOverrideConfiguration?.overrideLambda, {
    field: 'promptOverrideConfiguration.overrideLambda',
    api,
    version,
  });
  for (const { enabled, lambda_arn, name } of action_groups.groups) {
    const stated = { field: 'actionGroupExecutor.lambda', api: AGENT_APIS.action_group, version, group: name };
    if (enabled) yield* invokedFunction(ref, lambda_arn ?? undefined, stated);
  }
  for (const { agentDescriptor, collaboratorName } of (collaborators.known && collaborators.value) || []) {
    const alias = required(agentDescriptor?.aliasArn, 'agentDescriptor.aliasArn');
    yield statedEdge('INVOKES', ref, arnRef('aws_bedrock_agent', agentOfAlias(alias)), {
      field: `agentDescriptor.aliasArn[${alias}]`,
      api: AGENT_APIS.collaborators,
      properties: { agent_versions, aliases: [alias], collaborators: collaboratorName ? [collaboratorName] : [] },
    });
  }
  for (const { knowledgeBaseId, knowledgeBaseState } of (knowledge_bases.known && knowledge_bases.value) || []) {
    if (knowledgeBaseState !== 'ENABLED') continue;
    const id = required(knowledgeBaseId, 'knowledgeBaseId');
    yield statedEdge('INVOKES', ref, arnRef('aws_bedrock_knowledge_base', knowledgeBaseArn(id, home)), {
      field: `knowledgeBaseId[${id}]`,
      api: AGENT_APIS.knowledge_bases,
      properties: { agent_versions },
    });
  }
}

function* invokedFunction(
  ref: EntityRef,
  lambda: string | undefined,
  stated: { readonly field: string; readonly api: string; readonly version: string; readonly group?: string },
): Generator<NormalizedEdge, void, undefined> {
  if (!lambda) return;
  const qualifier = qualifierOf(lambda);
  yield statedEdge('INVOKES', ref, arnRef('aws_lambda_function', unqualified(lambda)), {
    field: `${stated.field}[${lambda}]`,
    api: stated.api,
    properties: {
      agent_versions: [stated.version],
      action_groups: stated.group === undefined ? [] : [stated.group],
      qualifiers: qualifier === undefined ? [] : [qualifier],
    },
  });
}

const versionOf = (version: string, facts: AgentVersionFacts | undefined): Json => ({
  version,
  role_arn: facts?.agentResourceRoleArn || null,
  foundation_model: facts?.foundationModel || null,
  guardrail: guardrailOf(facts?.guardrailConfiguration),
});

const guardrailOf = (guardrail: GuardrailConfiguration | undefined): Json =>
  guardrail?.guardrailIdentifier
    ? { identifier: guardrail.guardrailIdentifier, version: guardrail.guardrailVersion ?? null }
    : null;

const aliasOf = (alias: AgentAliasSummary, agentId: string, home: Home): Json => {
  const id = required(alias.agentAliasId, 'agentAliasId');
  return {
    id,
    arn: `arn:${home.partition}:bedrock:${home.region}:${home.account}:agent-alias/${agentId}/${id}`,
    name: alias.agentAliasName ?? null,
    versions: (alias.routingConfiguration ?? []).flatMap(({ agentVersion }) => agentVersion ?? []).sort(),
    accepts_invocations: alias.aliasInvocationState !== 'REJECT_INVOCATIONS',
  };
};

/** The values of readings, if every one of them is known. */
const allKnown = <Value>(readings: readonly Reading<Value>[]): readonly (Value | undefined)[] | undefined =>
  readings.every((reading) => reading.known)
    ? readings.map((reading) => (reading.known ? reading.value : undefined))
    : undefined;

/** `arn:aws:bedrock:<region>:<account>:agent-alias/<agent>/<alias>` -> `...:agent/<agent>`. Throws TypeError on anything else. */
export function agentOfAlias(aliasArn: string): string {
  const agent = /^(arn:[^:]+:bedrock:[^:]+:\d{12}:agent)-alias(\/[^/]+)\/[^/]+$/.exec(aliasArn);
  if (!agent) throw new TypeError('a collaborator is not the alias of an agent');
  return `${agent[1]}${agent[2]}`;
}

/** ARN of an agent. */
export const agentArn = (id: string, { account, partition, region }: Home): string =>
  `arn:${partition}:bedrock:${region}:${account}:agent/${id}`;

/** ARN of a knowledge base. */
export const knowledgeBaseArn = (id: string, { account, partition, region }: Home): string =>
  `arn:${partition}:bedrock:${region}:${account}:knowledge-base/${id}`;
