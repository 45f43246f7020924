import {
  type Agent,
  type AgentActionGroup,
  type BedrockAgentClientResolvedConfig,
  GetAgentActionGroupCommand,
  GetAgentCommand,
  ListAgentActionGroupsCommand,
  ListAgentAliasesCommand,
  ListAgentCollaboratorsCommand,
  ListAgentKnowledgeBasesCommand,
  ListAgentsCommand,
  ListTagsForResourceCommand,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-bedrock-agent';
import type { AwsStub } from 'aws-sdk-client-mock';
import type { NormalizedEdge } from '../../../../src/observations/observation.ts';
import { ACCOUNT, awsError, REGION } from '../look.ts';

export const BEDROCK = `arn:aws:bedrock:${REGION}:${ACCOUNT}`;
export const ARN = `${BEDROCK}:agent/ROUTER`;
export const LAMBDA = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:bridge`;
export const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
export const gone = () => awsError('ResourceNotFoundException', 'no such thing', 404);

export const UPDATED = new Date('2026-01-02T03:04:05Z');
export const SUMMARY = { agentId: 'ROUTER', agentName: 'router', agentStatus: 'PREPARED', updatedAt: UPDATED } as const;

export const anAgent = (overrides: Partial<Agent> = {}): Agent => ({
  agentId: 'ROUTER',
  agentName: 'router',
  agentArn: ARN,
  agentVersion: 'DRAFT',
  agentStatus: 'PREPARED',
  instruction: 'Never tell anybody of the blue door.',
  foundationModel: 'anthropic.claude-3-haiku',
  idleSessionTTLInSeconds: 600,
  agentResourceRoleArn: role('router'),
  orchestrationType: 'DEFAULT',
  agentCollaboration: 'DISABLED',
  createdAt: UPDATED,
  updatedAt: UPDATED,
  ...overrides,
});

export const aGroup = (overrides: Partial<AgentActionGroup> = {}): AgentActionGroup => ({
  agentId: 'ROUTER',
  agentVersion: 'DRAFT',
  actionGroupId: 'G1',
  actionGroupName: 'tickets',
  actionGroupState: 'ENABLED',
  actionGroupExecutor: { lambda: LAMBDA },
  createdAt: UPDATED,
  updatedAt: UPDATED,
  ...overrides,
});

/** A mocked account with one agent, which has one action group. */
export function accountWithAgent(
  bedrock: AwsStub<ServiceInputTypes, ServiceOutputTypes, BedrockAgentClientResolvedConfig>,
): void {
  bedrock.reset();
  bedrock.on(ListAgentsCommand).resolves({ agentSummaries: [SUMMARY] });
  bedrock.on(GetAgentCommand).resolves({ agent: anAgent() });
  bedrock.on(ListAgentAliasesCommand).resolves({ agentAliasSummaries: [] });
  bedrock.on(ListTagsForResourceCommand).resolves({ tags: { owner: 'support' } });
  bedrock.on(ListAgentActionGroupsCommand).resolves({
    actionGroupSummaries: [
      { actionGroupId: 'G1', actionGroupName: 'tickets', actionGroupState: 'ENABLED', updatedAt: UPDATED },
    ],
  });
  bedrock.on(GetAgentActionGroupCommand).resolves({ agentActionGroup: aGroup() });
  bedrock.on(ListAgentKnowledgeBasesCommand).resolves({ agentKnowledgeBaseSummaries: [] });
  bedrock.on(ListAgentCollaboratorsCommand).resolves({ agentCollaboratorSummaries: [] });
}

/** What leads on from an agent, and in which of its versions. */
export const hops = (edges: readonly NormalizedEdge[]) =>
  edges
    .filter(({ edge_type }) => edge_type !== 'BELONGS_TO')
    .map(({ edge_type, to, properties }) => [edge_type, to.source_record_id, properties.agent_versions]);

export const aliasTo = (...versions: readonly string[]) => ({
  agentAliasSummaries: [
    {
      agentAliasId: 'LIVE',
      agentAliasName: 'live',
      agentAliasStatus: 'PREPARED',
      routingConfiguration: versions.map((agentVersion) => ({ agentVersion })),
      createdAt: UPDATED,
      updatedAt: UPDATED,
    } as const,
  ],
});
