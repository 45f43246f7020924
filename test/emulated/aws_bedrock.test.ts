import { BedrockClient, CreateGuardrailCommand, CreateInferenceProfileCommand } from '@aws-sdk/client-bedrock';
import {
  AssociateAgentCollaboratorCommand,
  AssociateAgentKnowledgeBaseCommand,
  BedrockAgentClient,
  CreateAgentActionGroupCommand,
  CreateAgentAliasCommand,
  CreateAgentCommand,
  CreateDataSourceCommand,
  CreateKnowledgeBaseCommand,
} from '@aws-sdk/client-bedrock-agent';
import {
  BedrockAgentCoreControlClient,
  CreateAgentRuntimeCommand,
  CreateMemoryCommand,
} from '@aws-sdk/client-bedrock-agentcore-control';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
let seen: Collected;
const made: Record<string, string> = {};

beforeAll(async () => {
  spoke = await startSpoke();
  await seed();
  seen = await spoke.collect('aws_bedrock');
});
afterAll(() => spoke?.stop());

const roleArn = (name: string) => `arn:aws:iam::${spoke.account}:role/${name}`;
const functionArn = (name: string) => `arn:aws:lambda:${spoke.region}:${spoke.account}:function:${name}`;

async function seed(): Promise<void> {
  const agents = spoke.root(BedrockAgentClient);
  const agent = async (agentName: string, more = {}): Promise<string> => {
    const { agent } = await agents.send(
      new CreateAgentCommand({
        agentName,
        agentResourceRoleArn: roleArn(agentName),
        foundationModel: 'anthropic.claude-3-haiku',
        instruction: 'Never tell anybody of the blue door.',
        tags: { owner: 'support' },
        ...more,
      }),
    );
    return agent?.agentId ?? '';
  };
  const helper = await agent('helper');
  const router = await agent('router', { agentCollaboration: 'SUPERVISOR' });
  const draft = { agentId: router, agentVersion: 'DRAFT' };
  const { agentAlias } = await agents.send(
    new CreateAgentAliasCommand({
      agentId: helper,
      agentAliasName: 'live',
      routingConfiguration: [{ agentVersion: 'DRAFT' }],
    }),
  );
  await agents.send(
    new CreateAgentActionGroupCommand({
      ...draft,
      actionGroupName: 'tickets',
      actionGroupExecutor: { lambda: `${functionArn('bridge')}:live` },
      functionSchema: { functions: [{ name: 'open_ticket', requireConfirmation: 'ENABLED' }] },
    }),
  );
  await agents.send(
    new AssociateAgentCollaboratorCommand({
      ...draft,
      agentDescriptor: { aliasArn: agentAlias?.agentAliasArn },
      collaboratorName: 'helper',
      collaborationInstruction: 'Ask it about doors.',
    }),
  );
  const { knowledgeBase } = await agents.send(
    new CreateKnowledgeBaseCommand({
      name: 'handbook',
      roleArn: roleArn('handbook'),
      knowledgeBaseConfiguration: {
        type: 'VECTOR',
        vectorKnowledgeBaseConfiguration: { embeddingModelArn: 'arn:aws:bedrock:eu-west-1::foundation-model/embed' },
      },
    }),
  );
  const knowledgeBaseId = knowledgeBase?.knowledgeBaseId ?? '';
  await agents.send(
    new CreateDataSourceCommand({
      knowledgeBaseId,
      name: 'files',
      dataSourceConfiguration: { type: 'S3', s3Configuration: { bucketArn: 'arn:aws:s3:::handbook-files' } },
    }),
  );
  await agents.send(new AssociateAgentKnowledgeBaseCommand({ ...draft, knowledgeBaseId, description: 'doors' }));
  const bedrock = spoke.root(BedrockClient);
  await bedrock.send(
    new CreateGuardrailCommand({
      name: 'polite',
      blockedInputMessaging: 'no',
      blockedOutputsMessaging: 'no',
      wordPolicyConfig: { wordsConfig: [{ text: 'xylophone' }] },
    }),
  );
  await bedrock.send(
    new CreateInferenceProfileCommand({
      inferenceProfileName: 'support',
      modelSource: {
        copyFrom: `arn:aws:bedrock:${spoke.region}::foundation-model/anthropic.claude-3-haiku-20240307-v1:0`,
      },
    }),
  );
  const core = spoke.root(BedrockAgentCoreControlClient);
  await core.send(
    new CreateAgentRuntimeCommand({
      agentRuntimeName: 'mcp_tools',
      roleArn: roleArn('mcp-tools'),
      networkConfiguration: { networkMode: 'PUBLIC' },
      protocolConfiguration: { serverProtocol: 'MCP' },
      agentRuntimeArtifact: {
        containerConfiguration: { containerUri: `${spoke.account}.dkr.ecr.${spoke.region}.amazonaws.com/tools:1` },
      },
      environmentVariables: { AZURE_CLIENT_ID: '3F2A1C52-7d4e-4b1a-9c60-2e85d0b7a411', PASSWORD: 'hunter2' },
    }),
  );
  await core.send(
    new CreateMemoryCommand({ name: 'talks', eventExpiryDuration: 30, memoryExecutionRoleArn: roleArn('talks') }),
  );
  Object.assign(made, { helper, router, knowledgeBaseId });
}

const node = (type: string, name: string) =>
  seen.nodes.find(({ entity_type, display_name }) => entity_type === type && display_name === name);

/** What leads on from a thing: `<edge> <last part of the name of the far end>`. */
const hops = (type: string, name: string): readonly string[] =>
  seen.edges
    .filter(({ from }) => from.source_record_id === node(type, name)?.source_record_id)
    .map(({ edge_type, to }) => `${edge_type} ${to.source_record_id.split(/[:/]/).at(-1)}`)
    .filter((hop) => !hop.startsWith('BELONGS_TO'));

test('an agent runs as its role and invokes a function, another agent and a knowledge base', () => {
  expect(hops('aws_bedrock_agent', 'router')).toEqual([
    'RUNS_AS router',
    'INVOKES bridge',
    `INVOKES ${made.helper}`,
    `INVOKES ${made.knowledgeBaseId}`,
  ]);
  expect(node('aws_bedrock_agent', 'router')?.properties).toMatchObject({
    action_groups: [
      { name: 'tickets', executor: 'lambda', functions: [{ name: 'open_ticket', requires_confirmation: true }] },
    ],
    tags: [{ key: 'owner', value: 'support' }],
  });
  expect(node('aws_bedrock_agent', 'helper')?.properties.aliases).toEqual([
    expect.objectContaining({ name: 'live', versions: ['DRAFT'] }),
  ]);
});

test('a knowledge base runs as its role and leads to the bucket that it reads', () => {
  expect(hops('aws_bedrock_knowledge_base', 'handbook')).toEqual(['RUNS_AS handbook', 'STORED_IN handbook-files']);
});

test('a guardrail says which policies it has, and not what they block', () => {
  expect(node('aws_bedrock_guardrail', 'polite')?.properties.policies).toEqual(['word']);
});

test('an inference profile names its models', () => {
  const models = node('aws_bedrock_inference_profile', 'support')?.properties.models;
  expect(models).toEqual([expect.stringContaining('foundation-model/anthropic.claude-3-haiku')]);
});

test('a runtime is marked as an MCP server, runs as its role and keeps of its environment the names and the client id', () => {
  expect(hops('aws_agentcore_runtime', 'mcp_tools')).toEqual(['RUNS_AS mcp-tools', 'AUTHENTICATES_AS mcp_tools']);
  expect(node('aws_agentcore_runtime', 'mcp_tools')?.properties).toMatchObject({
    mcp_server: true,
    environment_names: ['AZURE_CLIENT_ID', 'PASSWORD'],
    environment_identifiers: [{ key: 'AZURE_CLIENT_ID', value: '3f2a1c52-7d4e-4b1a-9c60-2e85d0b7a411' }],
  });
});

test('a memory runs as its role', () => {
  expect(hops('aws_agentcore_memory', 'talks')).toEqual(['RUNS_AS talks']);
});

test('no content is kept: no prompt, no blocked word, no value of an environment', () => {
  expect(JSON.stringify(seen.observations)).not.toMatch(/blue door|Ask it|xylophone|hunter2/);
});

test('everything that the emulator has is complete; the calls that it does not know are skipped, or one gap each', () => {
  expect(seen.coverage).toEqual({
    'bedrock-agent.agents': 'complete',
    'bedrock-agent.execution-counts': 'complete',
    'bedrock-agent.knowledge-bases': 'complete',
    'bedrock.guardrails': 'complete',
    'bedrock.custom-models': 'complete',
    'bedrock.imported-models': 'complete',
    'bedrock.inference-profiles': 'complete',
    'bedrock.invocation-logging': 'complete',
    'bedrock-agentcore.runtimes': 'failed',
    'bedrock-agentcore.gateways': 'skipped',
    'bedrock-agentcore.workload-identities': 'skipped',
    'bedrock-agentcore.oauth-providers': 'skipped',
    'bedrock-agentcore.api-key-providers': 'skipped',
    'bedrock-agentcore.memories': 'failed',
  });
  expect(new Set(seen.gaps.map(({ action }) => action))).toEqual(new Set(['bedrock-agentcore:ListTagsForResource']));
});

test('a second look sees the same', async () => {
  expect((await spoke.collect('aws_bedrock')).observations).toEqual(seen.observations);
});

test('what the account denies the spoke role is a gap that names it, and the rest goes on', async () => {
  const denied = await spoke.without(['bedrock:GetKnowledgeBase'], () => spoke.collect('aws_bedrock'));
  expect(denied.coverage['bedrock-agent.knowledge-bases']).toBe('denied');
  expect(denied.coverage['bedrock-agent.agents']).toBe('complete');
  expect(denied.gaps).toContainEqual(
    expect.objectContaining({ code: 'access_denied', action: 'bedrock:GetKnowledgeBase' }),
  );
});
