import {
  BedrockAgentCoreControlClient,
  GetAgentRuntimeCommand,
  type GetAgentRuntimeResponse,
  ListAgentRuntimeEndpointsCommand,
  ListAgentRuntimesCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-bedrock-agentcore-control';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { runtimes } from '../../../../src/connectors/aws/bedrock/runtimes.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const core = mockClient(BedrockAgentCoreControlClient);
const arn = (resource: string) => `arn:aws:bedrock-agentcore:${REGION}:${ACCOUNT}:${resource}`;
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const WHEN = new Date('2026-01-02T03:04:05Z');

beforeEach(() => {
  core.reset();
  core.on(ListTagsForResourceCommand).resolves({ tags: { mcp: 'yes' } });
});

const hops = (edges: Awaited<ReturnType<typeof look>>['edges']) =>
  edges
    .filter(({ edge_type }) => edge_type !== 'BELONGS_TO')
    .map(({ edge_type, to, properties }) => [edge_type, to.source_record_id, properties.runtime_versions]);

describe('a runtime', () => {
  const ARN = arn('runtime/tools-abc');
  const IDENTITY = arn('workload-identity-directory/default/workload-identity/tools');
  const SUMMARY = {
    agentRuntimeArn: ARN,
    agentRuntimeId: 'tools-abc',
    agentRuntimeName: 'tools',
    agentRuntimeVersion: '3',
    description: 'a secret',
    lastUpdatedAt: WHEN,
    status: 'READY',
  } as const;
  const aRuntime = (overrides: Partial<GetAgentRuntimeResponse> = {}): GetAgentRuntimeResponse => ({
    agentRuntimeArn: ARN,
    agentRuntimeName: 'tools',
    agentRuntimeId: 'tools-abc',
    agentRuntimeVersion: '3',
    createdAt: WHEN,
    lastUpdatedAt: WHEN,
    roleArn: role('tools'),
    networkConfiguration: {
      networkMode: 'VPC',
      networkModeConfig: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
    },
    status: 'READY',
    lifecycleConfiguration: {},
    workloadIdentityDetails: { workloadIdentityArn: IDENTITY },
    protocolConfiguration: { serverProtocol: 'MCP' },
    agentRuntimeArtifact: { containerConfiguration: { containerUri: 'repo/tools:1' } },
    environmentVariables: { AZURE_CLIENT_ID: '3F9A1C52-7D4E-4B1A-9C60-2E85D0B7A411', API_KEY: 'hunter2' },
    ...overrides,
  });
  const endpoint = (name: string, liveVersion: string) => ({
    name,
    liveVersion,
    id: name,
    agentRuntimeArn: ARN,
    agentRuntimeEndpointArn: `${ARN}/runtime-endpoint/${name}`,
    status: 'READY' as const,
    createdAt: WHEN,
    lastUpdatedAt: WHEN,
  });
  beforeEach(() => {
    core.on(ListAgentRuntimesCommand).resolves({ agentRuntimes: [SUMMARY] });
    core.on(GetAgentRuntimeCommand).resolves(aRuntime());
    core.on(ListAgentRuntimeEndpointsCommand).resolves({ runtimeEndpoints: [endpoint('DEFAULT', '3')] });
  });

  it('runs as its role, authenticates as its identity, and is marked where it is an MCP server', async () => {
    const { nodes, edges, row } = await look(runtimes);
    expect(row.status).toBe('complete');
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_agentcore_runtime',
      source_record_id: ARN,
      properties: {
        role_arn: role('tools'),
        network_mode: 'VPC',
        protocol: 'MCP',
        mcp_server: true,
        authorizer: { type: 'AWS_IAM', discovery_url: null },
        artifact: { container_uri: 'repo/tools:1', code_bucket: null },
        environment_names: ['API_KEY', 'AZURE_CLIENT_ID'],
        environment_identifiers: [{ key: 'AZURE_CLIENT_ID', value: '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411' }],
        endpoints: [{ name: 'DEFAULT', live_version: '3' }],
        tags: [{ key: 'mcp', value: 'yes' }],
      },
    });
    expect(hops(edges)).toEqual([
      ['RUNS_AS', role('tools'), ['3']],
      ['AUTHENTICATES_AS', IDENTITY, ['3']],
    ]);
  });

  it('is described once, though an endpoint serves its latest version', async () => {
    await look(runtimes);
    expect(core.commandCalls(GetAgentRuntimeCommand)).toHaveLength(1);
  });

  it('keeps no value of its environment', async () => {
    expect(JSON.stringify((await look(runtimes)).observations)).not.toMatch(/hunter2|a secret/);
  });

  it('has the address at which it is invoked', async () => {
    const path = encodeURIComponent(ARN);
    expect((await look(runtimes)).nodes[0]?.correlation_keys).toEqual([
      { kind: 'endpoint_url', value: `https://bedrock-agentcore.${REGION}.amazonaws.com/runtimes/${path}/invocations` },
    ]);
  });

  it('that takes tokens says of which issuer, and for which clients and audiences', async () => {
    const customJWTAuthorizer = {
      discoveryUrl: 'https://login.microsoftonline.com/t/v2.0/.well-known/openid-configuration',
      allowedClients: ['c2', 'c1'],
      allowedAudience: ['api://tools'],
    };
    core.on(GetAgentRuntimeCommand).resolves(aRuntime({ authorizerConfiguration: { customJWTAuthorizer } }));
    expect((await look(runtimes)).nodes[0]?.properties.authorizer).toMatchObject({
      type: 'CUSTOM_JWT',
      discovery_url: customJWTAuthorizer.discoveryUrl,
      allowed_clients: ['c1', 'c2'],
      allowed_audiences: ['api://tools'],
    });
  });

  it('of which an endpoint serves an older version runs as the role of that too', async () => {
    core
      .on(ListAgentRuntimeEndpointsCommand)
      .resolves({ runtimeEndpoints: [endpoint('DEFAULT', '3'), endpoint('live', '1')] });
    core
      .on(GetAgentRuntimeCommand, { agentRuntimeVersion: '1' })
      .resolves(aRuntime({ agentRuntimeVersion: '1', roleArn: role('older') }));
    expect(hops((await look(runtimes)).edges)).toEqual([
      ['RUNS_AS', role('tools'), ['3']],
      ['AUTHENTICATES_AS', IDENTITY, ['1', '3']],
      ['RUNS_AS', role('older'), ['1']],
    ]);
  });

  it('of code in a bucket is stored there', async () => {
    const code = { s3: { bucket: 'code', prefix: 'tools.zip' } };
    const codeConfiguration = { code, runtime: 'PYTHON_3_13' as const, entryPoint: ['main.py'] };
    core.on(GetAgentRuntimeCommand).resolves(aRuntime({ agentRuntimeArtifact: { codeConfiguration } }));
    expect(hops((await look(runtimes)).edges).at(-1)).toEqual(['STORED_IN', 'arn:aws:s3:::code', ['3']]);
  });

  it('is known without the version that the listing puts behind its ARN', async () => {
    core.on(ListAgentRuntimesCommand).resolves({ agentRuntimes: [{ ...SUMMARY, agentRuntimeArn: `${ARN}:3` }] });
    expect((await look(runtimes)).nodes[0]?.source_record_id).toBe(ARN);
  });

  it('that may not be described is known by its name, and unknown in the rest', async () => {
    core.on(GetAgentRuntimeCommand).rejects(awsError('AccessDeniedException'));
    core.on(ListAgentRuntimeEndpointsCommand).resolves({ runtimeEndpoints: [] });
    const { nodes, gaps, row } = await look(runtimes);
    for (const name of ['role_arn', 'mcp_server', 'authorizer', 'environment_names']) {
      expect(nodes[0]?.properties).not.toHaveProperty(name);
    }
    expect(gaps).toEqual([expect.objectContaining({ action: 'bedrock-agentcore:GetAgentRuntime', item: ARN })]);
    expect(row.status).toBe('denied');
  });

  it('that vanished while we looked is absent', async () => {
    core.on(ListTagsForResourceCommand).rejects(awsError('ResourceNotFoundException'));
    expect(await look(runtimes)).toMatchObject({ observations: [], row: { status: 'complete' } });
  });

  it('without a name is one gap, and the others go on, page by page', async () => {
    const odd = { ...SUMMARY, agentRuntimeName: undefined, agentRuntimeArn: arn('runtime/odd-1') };
    core.on(ListAgentRuntimesCommand).resolves({ agentRuntimes: [odd, SUMMARY], nextToken: '2' });
    core.on(ListAgentRuntimesCommand, { nextToken: '2' }).resolves({ agentRuntimes: [] });
    const { nodes, gaps, cursors } = await look(runtimes);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: arn('runtime/odd-1') })]);
    expect(cursors).toEqual(['2']);
  });
});
