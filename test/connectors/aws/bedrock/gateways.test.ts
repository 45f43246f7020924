import {
  BedrockAgentCoreControlClient,
  GetGatewayCommand,
  type GetGatewayResponse,
  GetGatewayTargetCommand,
  type GetGatewayTargetResponse,
  ListGatewaysCommand,
  ListGatewayTargetsCommand,
  ListTagsForResourceCommand,
  type TargetConfiguration,
} from '@aws-sdk/client-bedrock-agentcore-control';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { toGatewayTarget } from '../../../../src/connectors/aws/bedrock/gateway-target.ts';
import { gateways } from '../../../../src/connectors/aws/bedrock/gateways.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, awsError, HOME, look, REGION } from '../look.ts';

const core = mockClient(BedrockAgentCoreControlClient);
const arn = (resource: string) => `arn:aws:bedrock-agentcore:${REGION}:${ACCOUNT}:${resource}`;
const ARN = arn('gateway/tools-1');
const ROLE = `arn:aws:iam::${ACCOUNT}:role/tools`;
const LAMBDA = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:bridge`;
const OAUTH = arn('token-vault/default/oauth2credentialprovider/servicenow');
const WHEN = new Date('2026-01-02T03:04:05Z');

const aGateway = (overrides: Partial<GetGatewayResponse> = {}): GetGatewayResponse => ({
  gatewayArn: ARN,
  gatewayId: 'tools-1',
  name: 'tools',
  gatewayUrl: `https://tools-1.gateway.bedrock-agentcore.${REGION}.amazonaws.com/mcp`,
  createdAt: WHEN,
  updatedAt: WHEN,
  status: 'READY',
  roleArn: ROLE,
  protocolType: 'MCP',
  protocolConfiguration: { mcp: { instructions: 'a secret' } },
  authorizerType: 'CUSTOM_JWT',
  authorizerConfiguration: {
    customJWTAuthorizer: {
      discoveryUrl: 'https://idp.example/.well-known/openid-configuration',
      allowedAudience: ['tools'],
    },
  },
  ...overrides,
});

const aTarget = (
  targetConfiguration: TargetConfiguration | undefined,
  overrides: Partial<GetGatewayTargetResponse> = {},
): GetGatewayTargetResponse => ({
  gatewayArn: ARN,
  targetId: 'T1',
  name: 'bridge',
  createdAt: WHEN,
  updatedAt: WHEN,
  status: 'READY',
  targetConfiguration,
  credentialProviderConfigurations: [{ credentialProviderType: 'GATEWAY_IAM_ROLE' }],
  ...overrides,
});

const OF_LAMBDA: TargetConfiguration = {
  mcp: {
    lambda: {
      lambdaArn: `${LAMBDA}:live`,
      toolSchema: { inlinePayload: [{ name: 'open', description: 'a secret', inputSchema: { type: 'object' } }] },
    },
  },
};

const convert = (configuration: TargetConfiguration | undefined, overrides: Partial<GetGatewayTargetResponse> = {}) =>
  sorted(toGatewayTarget(ARN, aTarget(configuration, overrides), HOME));

beforeEach(() => {
  core.reset();
  core.on(ListTagsForResourceCommand).resolves({ tags: {} });
  core.on(ListGatewaysCommand).resolves({
    items: [
      {
        gatewayId: 'tools-1',
        name: 'tools',
        status: 'READY',
        createdAt: WHEN,
        updatedAt: WHEN,
        authorizerType: 'CUSTOM_JWT',
        protocolType: 'MCP',
      },
    ],
  });
  core.on(GetGatewayCommand).resolves(aGateway());
  core.on(ListGatewayTargetsCommand).resolves({
    items: [{ targetId: 'T1', name: 'bridge', status: 'READY', createdAt: WHEN, updatedAt: WHEN }],
  });
  core.on(GetGatewayTargetCommand).resolves(aTarget(OF_LAMBDA));
});

const hops = (edges: Awaited<ReturnType<typeof look>>['edges']) =>
  edges
    .filter(({ edge_type }) => edge_type !== 'BELONGS_TO')
    .map(({ edge_type, to }) => [edge_type, to.source_record_id]);

describe('a gateway', () => {
  it('runs as its role and leads through its target to the function, which it marks as an MCP server', async () => {
    const { nodes, edges, row, observations } = await look(gateways);
    expect(row.status).toBe('complete');
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual([
      'aws_agentcore_gateway',
      'aws_agentcore_gateway_target',
    ]);
    expect(nodes[0]).toMatchObject({
      source_record_id: ARN,
      properties: {
        protocol: 'MCP',
        role_arn: ROLE,
        authorizer: { type: 'CUSTOM_JWT', allowed_audiences: ['tools'] },
      },
      correlation_keys: [
        { kind: 'endpoint_url', value: `https://tools-1.gateway.bedrock-agentcore.${REGION}.amazonaws.com/mcp` },
      ],
    });
    expect(hops(edges)).toEqual([
      ['RUNS_AS', ROLE],
      ['INVOKES', `${ARN}/target/T1`],
      ['INVOKES', LAMBDA],
    ]);
    expect(edges.at(-1)).toMatchObject({
      from: { entity_type: 'aws_agentcore_gateway_target' },
      to: { entity_type: 'aws_lambda_function' },
      properties: { mcp_server: true, qualifier: 'live' },
    });
    expect(JSON.stringify(observations)).not.toContain('a secret');
  });

  it('that lets anybody in says so', async () => {
    core.on(GetGatewayCommand).resolves(aGateway({ authorizerType: 'NONE', authorizerConfiguration: undefined }));
    expect((await look(gateways)).nodes[0]?.properties.authorizer).toMatchObject({ type: 'NONE', discovery_url: null });
  });

  it('invokes its interceptors and authenticates as its identity', async () => {
    const identity = arn('workload-identity-directory/default/workload-identity/tools');
    const interceptor = { interceptor: { lambda: { arn: LAMBDA } }, interceptionPoints: ['REQUEST' as const] };
    core.on(GetGatewayCommand).resolves(
      aGateway({
        workloadIdentityDetails: { workloadIdentityArn: identity },
        interceptorConfigurations: [interceptor],
      }),
    );
    expect(hops((await look(gateways)).edges).slice(0, 3)).toEqual([
      ['RUNS_AS', ROLE],
      ['AUTHENTICATES_AS', identity],
      ['INVOKES', LAMBDA],
    ]);
  });

  it('that may not be described is known by its name, and its targets all the same', async () => {
    core.on(GetGatewayCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, edges, gaps } = await look(gateways);
    for (const name of ['role_arn', 'authorizer', 'url']) expect(nodes[0]?.properties).not.toHaveProperty(name);
    expect(hops(edges)).toContainEqual(['INVOKES', LAMBDA]);
    expect(gaps).toEqual([expect.objectContaining({ action: 'bedrock-agentcore:GetGateway', item: ARN })]);
  });

  it('of which one target makes no sense has the others', async () => {
    core.on(ListGatewayTargetsCommand).resolves({
      items: ['T0', 'T1'].map((targetId) => ({
        targetId,
        name: 'x',
        status: 'READY',
        createdAt: WHEN,
        updatedAt: WHEN,
      })),
    });
    core.on(GetGatewayTargetCommand, { targetId: 'T0' }).resolves(aTarget(undefined, { targetId: 'T0' }));
    const { nodes, gaps } = await look(gateways);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([ARN, `${ARN}/target/T1`]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: `${ARN}/target/T0` })]);
  });

  it('of which a target vanished while we looked has the others', async () => {
    core.on(GetGatewayTargetCommand).rejects(awsError('ResourceNotFoundException'));
    const { nodes, row } = await look(gateways);
    expect(nodes).toHaveLength(1);
    expect(row.status).toBe('complete');
  });

  it('that vanished while we looked is absent', async () => {
    core.on(GetGatewayCommand).rejects(awsError('ResourceNotFoundException'));
    expect((await look(gateways)).observations).toEqual([]);
  });

  it('is not there only when AWS gives a list without it', async () => {
    core.on(ListGatewaysCommand).resolves({ items: undefined });
    expect((await look(gateways)).row.status).toBe('failed');
  });
});

describe('a target', () => {
  it('that is an MCP server elsewhere is its address, without what may be a secret in it', () => {
    const { nodes } = convert({
      mcp: { mcpServer: { endpoint: 'https://User:hunter2@Tools.Example:443/MCP/?key=hunter2#x' } },
    });
    expect(nodes[0]).toMatchObject({
      properties: { target_type: 'mcp_server', endpoints: ['https://tools.example/MCP'], mcp_server: true },
      correlation_keys: [{ kind: 'endpoint_url', value: 'https://tools.example/MCP' }],
    });
    expect(JSON.stringify(nodes)).not.toContain('hunter2');
  });

  it.each([
    [
      'JSON',
      JSON.stringify({
        openapi: '3.0.0',
        servers: [{ url: 'https://api.example/v1/' }, { url: '/relative' }],
        paths: { '/a': {} },
      }),
    ],
    [
      'YAML',
      'openapi: 3.0.0\nx-docs:\n  servers:\n    - url: https://docs.example\nservers:\n  - url: "https://api.example/v1/"\n    description: a secret\n  - url: https://{region}.example\npaths:\n  /a:\n    get:\n      externalDocs:\n        url: https://other.example\n',
    ],
  ])('of an OpenAPI document in %s is the servers that it names', (_, inlinePayload) => {
    const { nodes } = convert({ mcp: { openApiSchema: { inlinePayload } } });
    expect(nodes[0]?.properties).toMatchObject({
      target_type: 'mcp_open_api',
      schema: 'inline',
      endpoints: ['https://api.example/v1'],
    });
    expect(JSON.stringify(nodes)).not.toContain('a secret');
  });

  it.each([
    ['is in a bucket', { s3: { uri: 's3://schemas/a.json' } }, 's3'],
    ['names no server', { inlinePayload: '{"openapi":"3.0.0"}' }, 'inline'],
    ['cannot be read', { inlinePayload: 'openapi: [' }, 'inline'],
  ] as const)('whose OpenAPI document %s has unknown addresses, not none', (_, openApiSchema, schema) => {
    const { nodes } = convert({ mcp: { openApiSchema } });
    expect(nodes[0]?.properties).toMatchObject({ schema });
    expect(nodes[0]?.properties).not.toHaveProperty('endpoints');
  });

  it('of an API of API Gateway is the address of its stage', () => {
    const apiGatewayToolConfiguration = { toolFilters: [] };
    const { nodes } = convert({
      mcp: { apiGateway: { restApiId: 'abc123', stage: 'prod', apiGatewayToolConfiguration } },
    });
    expect(nodes[0]?.properties.endpoints).toEqual([`https://abc123.execute-api.${REGION}.amazonaws.com/prod`]);
  });

  it('that is a runtime invokes it, and makes no MCP server of it', () => {
    const runtime = arn('runtime/agent-1');
    const { edges } = convert({ http: { agentcoreRuntime: { arn: runtime, qualifier: 'live' } } });
    expect(edges.at(-1)).toMatchObject({
      to: { entity_type: 'aws_agentcore_runtime', source_record_id: runtime },
      properties: { mcp_server: false, qualifier: 'live' },
    });
  });

  it.each([
    ['of a Smithy model', { mcp: { smithyModel: { inlinePayload: '{}' } } }, 'mcp_smithy'],
    ['of a kind that is new', { $unknown: ['quantum', {}] }, 'quantum'],
    ['of a new kind of MCP', { mcp: { $unknown: ['quantum', {}] } }, 'mcp_quantum'],
    ['of a kind that is of no use here', { inference: { provider: { name: 'a secret' } } }, 'inference_provider'],
  ] as const)('%s leads nowhere that we can see', (_, configuration, target_type) => {
    const { nodes, edges } = convert(structuredClone(configuration) as unknown as TargetConfiguration);
    expect(nodes[0]?.properties).toMatchObject({ target_type });
    expect(hops(edges)).toEqual([['INVOKES', `${ARN}/target/T1`]]);
  });

  it('authenticates as its credential provider', () => {
    const { nodes, edges } = convert(OF_LAMBDA, {
      credentialProviderConfigurations: [
        {
          credentialProviderType: 'OAUTH',
          credentialProvider: {
            oauthCredentialProvider: {
              providerArn: OAUTH,
              scopes: ['b', 'a'],
              customParameters: { audience: 'hunter2' },
            },
          },
        },
      ],
    });
    expect(hops(edges).at(-1)).toEqual(['AUTHENTICATES_AS', OAUTH]);
    expect(nodes[0]?.properties).toMatchObject({ credential_types: ['OAUTH'], scopes: ['a', 'b'] });
    expect(JSON.stringify(nodes)).not.toContain('hunter2');
  });

  it('without an id, a name or a configuration makes no sense', () => {
    expect(() => convert(OF_LAMBDA, { targetId: '' })).toThrow('targetId');
    expect(() => convert(OF_LAMBDA, { name: undefined })).toThrow('name');
    expect(() => convert(undefined)).toThrow('no configuration');
  });
});
