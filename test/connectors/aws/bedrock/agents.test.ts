import {
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
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { agentOfAlias } from '../../../../src/connectors/aws/bedrock/agent.ts';
import { agents } from '../../../../src/connectors/aws/bedrock/agents.ts';
import { ACCOUNT, awsError, look } from '../look.ts';
import {
  ARN,
  accountWithAgent,
  aGroup,
  aliasTo,
  anAgent,
  BEDROCK,
  gone,
  hops,
  LAMBDA,
  role,
  SUMMARY,
  UPDATED,
} from './an-agent.ts';

const bedrock = mockClient(BedrockAgentClient);
beforeEach(() => accountWithAgent(bedrock));

describe('an agent', () => {
  it('is a node that runs as its role, invokes the function of its action group and belongs to its account', async () => {
    const { nodes, edges, gaps, row } = await look(agents);
    expect(gaps).toEqual([]);
    expect(row.status).toBe('complete');
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_bedrock_agent',
      source_record_id: ARN,
      display_name: 'router',
      properties: {
        role_arn: role('router'),
        foundation_model: 'anthropic.claude-3-haiku',
        collaboration: 'DISABLED',
        guardrail: null,
        aliases: [],
        versions: [{ version: 'DRAFT', role_arn: role('router') }],
        action_groups: [{ name: 'tickets', executor: 'lambda', lambda_arn: LAMBDA, enabled: true }],
        tags: [{ key: 'owner', value: 'support' }],
      },
    });
    expect(hops(edges)).toEqual([
      ['RUNS_AS', role('router'), ['DRAFT']],
      ['INVOKES', LAMBDA, ['DRAFT']],
    ]);
    expect(edges[0]).toMatchObject({
      edge_type: 'BELONGS_TO',
      to: { source_record_id: `arn:aws:iam::${ACCOUNT}:root` },
    });
  });

  it('keeps nothing of its instruction, prompts, or what it says about its tools', async () => {
    bedrock.on(GetAgentCommand).resolves({
      agent: anAgent({
        description: 'a secret recipe',
        promptOverrideConfiguration: {
          promptConfigurations: [{ promptType: 'ORCHESTRATION', basePromptTemplate: 'a secret prompt' }],
        },
      }),
    });
    bedrock.on(GetAgentActionGroupCommand).resolves({
      agentActionGroup: aGroup({
        description: 'a secret tool',
        apiSchema: { payload: 'a secret schema' },
        functionSchema: { functions: [{ name: 'open', description: 'a secret function' }] },
      }),
    });
    const text = JSON.stringify((await look(agents)).observations);
    expect(text).not.toMatch(/secret|blue door/);
  });

  it('of which an alias routes to a version is also what that version is, and no other', async () => {
    bedrock.on(ListAgentAliasesCommand).resolves(aliasTo('2'));
    bedrock.on(GetAgentVersionCommand, { agentVersion: '2' }).resolves({
      agentVersion: { ...anAgent({ agentResourceRoleArn: role('older') }), version: '2' },
    });
    const { nodes, edges } = await look(agents);
    expect(hops(edges)).toEqual([
      ['RUNS_AS', role('router'), ['DRAFT']],
      ['INVOKES', LAMBDA, ['2', 'DRAFT']],
      ['RUNS_AS', role('older'), ['2']],
    ]);
    expect(nodes[0]?.properties.aliases).toEqual([
      {
        id: 'LIVE',
        arn: `${BEDROCK}:agent-alias/ROUTER/LIVE`,
        name: 'live',
        versions: ['2'],
        accepts_invocations: true,
      },
    ]);
    expect(bedrock.commandCalls(GetAgentVersionCommand)).toHaveLength(1);
  });

  it('is not asked twice for its draft when an alias routes to it', async () => {
    bedrock.on(ListAgentAliasesCommand).resolves(aliasTo('DRAFT'));
    expect(hops((await look(agents)).edges)).toHaveLength(2);
    expect(bedrock.commandCalls(GetAgentVersionCommand)).toHaveLength(0);
    expect(bedrock.commandCalls(ListAgentActionGroupsCommand)).toHaveLength(1);
  });

  it('of which a version was deleted while we looked is what is left', async () => {
    bedrock.on(ListAgentAliasesCommand).resolves(aliasTo('2'));
    bedrock.on(GetAgentVersionCommand).rejects(gone());
    const { nodes, row } = await look(agents);
    expect(nodes[0]?.properties.versions).toEqual([expect.objectContaining({ version: 'DRAFT' })]);
    expect(row.status).toBe('complete');
  });

  it('that supervises invokes the agents behind the aliases of its collaborators', async () => {
    bedrock.on(GetAgentCommand).resolves({ agent: anAgent({ agentCollaboration: 'SUPERVISOR_ROUTER' }) });
    const aliasArn = `${BEDROCK}:agent-alias/HELPER/LIVE`;
    bedrock.on(ListAgentCollaboratorsCommand).resolves({
      agentCollaboratorSummaries: [
        {
          agentId: 'ROUTER',
          agentVersion: 'DRAFT',
          collaboratorId: 'C1',
          collaboratorName: 'helper',
          agentDescriptor: { aliasArn },
          collaborationInstruction: 'a secret',
          relayConversationHistory: 'DISABLED',
          createdAt: UPDATED,
          lastUpdatedAt: UPDATED,
        },
      ],
    });
    const { edges, observations } = await look(agents);
    expect(edges.at(-1)).toMatchObject({
      edge_type: 'INVOKES',
      to: { entity_type: 'aws_bedrock_agent', source_record_id: `${BEDROCK}:agent/HELPER` },
      properties: { agent_versions: ['DRAFT'], aliases: [aliasArn], collaborators: ['helper'] },
    });
    expect(JSON.stringify(observations)).not.toContain('a secret');
  });

  it('that supervises nobody is not asked for collaborators', async () => {
    await look(agents);
    expect(bedrock.commandCalls(ListAgentCollaboratorsCommand)).toHaveLength(0);
  });

  it('invokes the knowledge bases that are switched on for it', async () => {
    bedrock.on(ListAgentKnowledgeBasesCommand).resolves({
      agentKnowledgeBaseSummaries: [
        { knowledgeBaseId: 'KB1', knowledgeBaseState: 'ENABLED', description: 'a secret', updatedAt: UPDATED },
        { knowledgeBaseId: 'KB2', knowledgeBaseState: 'DISABLED', updatedAt: UPDATED },
      ],
    });
    const { edges } = await look(agents);
    expect(hops(edges).slice(2)).toEqual([['INVOKES', `${BEDROCK}:knowledge-base/KB1`, ['DRAFT']]]);
  });

  it('invokes the functions that orchestrate it and that read what its model says', async () => {
    bedrock.on(GetAgentCommand).resolves({
      agent: anAgent({
        orchestrationType: 'CUSTOM_ORCHESTRATION',
        customOrchestration: { executor: { lambda: `${LAMBDA}-orchestrates` } },
        promptOverrideConfiguration: { promptConfigurations: [], overrideLambda: `${LAMBDA}-parses` },
      }),
    });
    expect(hops((await look(agents)).edges).slice(1, 3)).toEqual([
      ['INVOKES', `${LAMBDA}-orchestrates`, ['DRAFT']],
      ['INVOKES', `${LAMBDA}-parses`, ['DRAFT']],
    ]);
  });

  it('without a role runs as nobody', async () => {
    bedrock.on(GetAgentCommand).resolves({ agent: anAgent({ agentResourceRoleArn: '' }) });
    const { nodes, edges } = await look(agents);
    expect(nodes[0]?.properties.role_arn).toBeNull();
    expect(hops(edges).map(([type]) => type)).toEqual(['INVOKES']);
  });
});

describe('the agents of a region', () => {
  it.each([
    [GetAgentCommand, 'bedrock:GetAgent', ['role_arn', 'versions', 'guardrail']],
    [ListAgentAliasesCommand, 'bedrock:ListAgentAliases', ['aliases']],
    [ListTagsForResourceCommand, 'bedrock:ListTagsForResource', ['tags']],
    [ListAgentActionGroupsCommand, 'bedrock:ListAgentActionGroups', ['action_groups']],
    [GetAgentActionGroupCommand, 'bedrock:GetAgentActionGroup', ['action_groups']],
  ] as const)(
    'a refusal of %s is a gap that names %s, and what it would tell is left out',
    async (command, action, names) => {
      // @ts-expect-error the commands are a union: each of them may be refused.
      bedrock.on(command).rejects(awsError('AccessDeniedException'));
      const { nodes, gaps, row } = await look(agents);
      expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action })]);
      for (const name of names) expect(nodes[0]?.properties).not.toHaveProperty(name);
      expect(row.status).toBe('denied');
    },
  );

  it('without the right to list them are unknown', async () => {
    bedrock.on(ListAgentsCommand).rejects(awsError('AccessDeniedException'));
    const { observations, row } = await look(agents);
    expect(observations).toEqual([expect.objectContaining({ kind: 'gap', action: 'bedrock:ListAgents' })]);
    expect(row.status).toBe('denied');
  });

  it('an answer without its list is malformed, not empty', async () => {
    bedrock.on(ListAgentsCommand).resolves({ agentSummaries: undefined });
    expect((await look(agents)).row).toMatchObject({ status: 'failed', code: 'source_unreachable' });
  });

  it('an agent that vanished while we looked is absent', async () => {
    bedrock.on(GetAgentCommand).rejects(gone());
    const { observations, row } = await look(agents);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('an agent without a name is one gap, and the others go on', async () => {
    const agentSummaries = [{ ...SUMMARY, agentId: 'OTHER', agentName: undefined }, SUMMARY];
    bedrock.on(ListAgentsCommand).resolves({ agentSummaries });
    const { nodes, gaps } = await look(agents);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([ARN]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: `${BEDROCK}:agent/OTHER` })]);
  });

  it('come page by page and are resumed where they were left', async () => {
    bedrock.on(ListAgentsCommand).resolves({ agentSummaries: [SUMMARY], nextToken: '2' });
    bedrock.on(ListAgentsCommand, { nextToken: '2' }).resolves({ agentSummaries: [] });
    expect((await look(agents)).cursors).toEqual(['2']);
    const resumed = await look(agents, '2');
    expect(resumed.observations).toEqual([]);
    expect(resumed.row.status).toBe('complete');
  });
});

describe('the alias of a collaborator', () => {
  it('of another account or region names the agent there', () => {
    expect(agentOfAlias('arn:aws-cn:bedrock:cn-north-1:222222222222:agent-alias/A1/B2')).toBe(
      'arn:aws-cn:bedrock:cn-north-1:222222222222:agent/A1',
    );
  });

  it.each(['arn:aws:bedrock:eu-west-1:222222222222:agent/A1', 'TSTALIASID', ''])('is not %j', (text) => {
    expect(() => agentOfAlias(text)).toThrow('not the alias of an agent');
  });
});
