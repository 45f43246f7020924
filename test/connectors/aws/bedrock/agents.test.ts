import {
  type Agent,
  type AgentActionGroup,
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
import { actionGroup } from '../../../../src/connectors/aws/bedrock/action-group.ts';
import { agentOfAlias } from '../../../../src/connectors/aws/bedrock/agent.ts';
import { agents } from '../../../../src/connectors/aws/bedrock/agents.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const bedrock = mockClient(BedrockAgentClient);

const BEDROCK = `arn:aws:bedrock:${REGION}:${ACCOUNT}`;
const ARN = `${BEDROCK}:agent/ROUTER`;
const LAMBDA = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:bridge`;
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const gone = () => awsError('ResourceNotFoundException', 'no such thing', 404);

const UPDATED = new Date('2026-01-02T03:04:05Z');
const SUMMARY = { agentId: 'ROUTER', agentName: 'router', agentStatus: 'PREPARED', updatedAt: UPDATED } as const;

const anAgent = (overrides: Partial<Agent> = {}): Agent => ({
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

const aGroup = (overrides: Partial<AgentActionGroup> = {}): AgentActionGroup => ({
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

/** An account with one agent, which has one action group. */
beforeEach(() => {
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
});

const hops = (edges: Awaited<ReturnType<typeof look>>['edges']) =>
  edges
    .filter(({ edge_type }) => edge_type !== 'BELONGS_TO')
    .map(({ edge_type, to, properties }) => [edge_type, to.source_record_id, properties.agent_versions]);

const aliasTo = (...versions: readonly string[]) => ({
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

describe('an action group', () => {
  it.each([
    ['a function', {}, { executor: 'lambda', lambda_arn: LAMBDA }],
    [
      'its caller',
      { actionGroupExecutor: { customControl: 'RETURN_CONTROL' } },
      { executor: 'return_control', lambda_arn: null },
    ],
    [
      'AWS itself',
      { actionGroupExecutor: undefined, parentActionSignature: 'AMAZON.CodeInterpreter' },
      { executor: 'none', parent_signature: 'AMAZON.CodeInterpreter' },
    ],
    ['something new', { actionGroupExecutor: { $unknown: ['remote', {}] } }, { executor: 'unknown', lambda_arn: null }],
  ] as const)('is done by %s', (_, overrides, expected) => {
    expect(actionGroup(aGroup(overrides), 'DRAFT')).toMatchObject(expected);
  });

  it('names its functions and which of them ask before they act', () => {
    const functions = [{ name: 'open_ticket', requireConfirmation: 'ENABLED' as const }, { name: 'list_tickets' }];
    expect(actionGroup(aGroup({ functionSchema: { functions } }), 'DRAFT').functions).toEqual([
      { name: 'open_ticket', requires_confirmation: true },
      { name: 'list_tickets', requires_confirmation: false },
    ]);
  });

  it('says where its schema is', () => {
    const s3 = { s3BucketName: 'schemas', s3ObjectKey: 'tickets.json' };
    expect(actionGroup(aGroup({ apiSchema: { s3 } }), '1')).toMatchObject({
      api_schema: 's3',
      api_schema_bucket: 'schemas',
    });
    expect(actionGroup(aGroup({ apiSchema: { payload: '{}' } }), '1')).toMatchObject({ api_schema: 'inline' });
    expect(actionGroup(aGroup(), '1')).toMatchObject({ api_schema: null, api_schema_bucket: null });
  });

  it('that is switched off is told of, and invokes nothing', async () => {
    bedrock.on(GetAgentActionGroupCommand).resolves({ agentActionGroup: aGroup({ actionGroupState: 'DISABLED' }) });
    const { nodes, edges } = await look(agents);
    expect(nodes[0]?.properties.action_groups).toEqual([
      expect.objectContaining({ enabled: false, lambda_arn: LAMBDA }),
    ]);
    expect(hops(edges).map(([type]) => type)).toEqual(['RUNS_AS']);
  });

  it('that invokes an alias of a function leads to the function and names the alias', async () => {
    bedrock.on(GetAgentActionGroupCommand).resolves({
      agentActionGroup: aGroup({ actionGroupExecutor: { lambda: `${LAMBDA}:live` } }),
    });
    expect((await look(agents)).edges.at(-1)).toMatchObject({
      to: { source_record_id: LAMBDA },
      properties: { qualifiers: ['live'], action_groups: ['tickets'] },
    });
  });

  it('that makes no sense is one gap; the agent and its other edges go on, and nobody takes the rest for all', async () => {
    bedrock
      .on(GetAgentActionGroupCommand)
      .resolves({ agentActionGroup: aGroup({ actionGroupExecutor: { lambda: 'bridge' } }) });
    const { nodes, edges, gaps, row } = await look(agents);
    expect(gaps).toEqual([
      expect.objectContaining({
        code: 'unreadable_item',
        action: 'bedrock:GetAgentActionGroup',
        item: `${ARN}/version/DRAFT/action-group/G1`,
      }),
    ]);
    expect(hops(edges)).toEqual([['RUNS_AS', role('router'), ['DRAFT']]]);
    expect(nodes[0]?.properties).not.toHaveProperty('action_groups');
    expect(row.status).toBe('failed');
  });

  it('that vanished while we looked is absent', async () => {
    bedrock.on(GetAgentActionGroupCommand).rejects(gone());
    const { nodes, row } = await look(agents);
    expect(nodes[0]?.properties.action_groups).toEqual([]);
    expect(row.status).toBe('complete');
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
