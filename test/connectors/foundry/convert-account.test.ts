import { describe, expect, it } from 'vitest';
import { convertAccount, FoundryRecords } from '../../../src/connectors/foundry/convert/account.ts';
import { sorted } from '../observed.ts';

const T = '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411';
const M = '9b6d40f3-2a85-4e7c-8d11-5f0c7b2e9a48';
const OWN = 'b30f6d1e-97c4-42a8-8e5b-6a1d0c4f7e29';
const ACCOUNT = '/subscriptions/8e1b/resourceGroups/RG-ai/providers/Microsoft.CognitiveServices/accounts/acme-ai';
const PROJECT = `${ACCOUNT}/projects/claims`;

const account = {
  id: ACCOUNT,
  name: 'Acme-AI',
  properties: {
    endpoint: 'https://acme-ai.cognitiveservices.azure.com/',
    endpoints: {
      'OpenAI API': 'https://ACME-ai.openai.azure.com:443/',
      Speech: 'https://westeurope.stt.speech.microsoft.com',
    },
  },
};
const aProject = (identity: object | null = { type: 'SystemAssigned', principalId: M, tenantId: T }) => ({
  id: PROJECT,
  identity,
  properties: { displayName: 'claims' },
});
const anAgent = (more: object = {}, tools: readonly object[] = []) => ({
  id: 'claims-agent',
  name: 'claims-agent',
  versions: {
    latest: { version: '4', definition: { kind: 'prompt', model: 'gpt-main', instructions: 'hush', tools } },
  },
  instance_identity: null,
  ...more,
});
const aConnection = (properties: object = {}) => ({
  name: 'servicenow-prod',
  properties: {
    category: 'RemoteTool',
    authType: 'OAuth2',
    target: 'https://Example-Co.service-now.com/api/x_acme/mcp?token=1',
    credentials: null,
    ...properties,
  },
});

const converted = (records: object) => sorted(convertAccount(FoundryRecords.parse({ account, ...records }), T));
const withAgents = (...data: readonly object[]) => ({
  projects: { value: [aProject()] },
  agents: { claims: { data } },
});
const edgesOf = (records: object) =>
  converted(records).edges.map(({ edge_type, to }) => [edge_type, to.entity_type, to.source_record_id]);

describe('an account of Foundry', () => {
  it('a project and the identity that it acts as, as Foundry names it', () => {
    const { nodes, edges } = converted({ projects: { value: [aProject()] } });
    expect(nodes.map(({ entity_type, source_record_id }) => [entity_type, source_record_id])).toEqual([
      ['foundry_project', PROJECT.toLowerCase()],
      ['foundry_identity', `${T}/${M}`],
    ]);
    expect(nodes[1]).toMatchObject({
      source_system_id: 'foundry:acme-ai',
      properties: { principal_id: M, tenant_id: T, owner_arm_id: PROJECT.toLowerCase() },
    });
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['AUTHENTICATES_AS']);
  });

  it('case of resource ids and of principals: ids are in lower case, the original stays', () => {
    const shouting = {
      ...aProject({ principalId: M.toUpperCase(), tenantId: T.toUpperCase() }),
      id: PROJECT.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'),
    };
    const { nodes } = converted({ projects: { value: [shouting] } });
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([PROJECT.toLowerCase(), `${T}/${M}`]);
    expect(nodes[1]?.properties.principal_id).toBe(M.toUpperCase());
  });

  it('its own identity and those that were assigned to it are all its', () => {
    const assigned = `${ACCOUNT.replace('CognitiveServices/accounts/acme-ai', 'ManagedIdentity/userAssignedIdentities/Shared')}`;
    const { nodes } = converted({
      projects: {
        value: [
          aProject({
            type: 'SystemAssigned, UserAssigned',
            principalId: M,
            tenantId: T,
            userAssignedIdentities: { [assigned]: { principalId: OWN, clientId: OWN } },
          }),
        ],
      },
    });
    expect(
      nodes.slice(1).map(({ source_record_id, properties }) => [source_record_id, properties.owner_arm_id]),
    ).toEqual([
      [`${T}/${M}`, PROJECT.toLowerCase()],
      [`${T}/${OWN}`, assigned.toLowerCase()],
    ]);
  });

  it('a model can be called under every host of the account that serves models, and no other', () => {
    const { nodes } = converted({
      deployments: {
        value: [
          {
            name: 'gpt-main',
            properties: { model: { format: 'OpenAI', name: 'gpt-4.1-mini', version: '1' } },
            tags: { 'data-classification': 'pii' },
          },
        ],
      },
    });
    const urls = nodes[0]?.correlation_keys?.map(({ value }) => value) ?? [];
    expect(urls).toContain('https://acme-ai.openai.azure.com/openai/deployments/gpt-main/chat/completions');
    expect(urls).toContain('https://acme-ai.cognitiveservices.azure.com/openai/deployments/gpt-main/embeddings');
    expect(urls.some((url) => url.includes('speech'))).toBe(false);
    expect(nodes[0]).toMatchObject({
      source_record_id: `${ACCOUNT}/deployments/gpt-main`.toLowerCase(),
      properties: { endpoint_urls: urls, tags: [{ key: 'data-classification', value: 'pii' }] },
    });
  });

  it('a connection is known by the address that was asked, and by what it calls; no metadata, no query', () => {
    const returned = {
      ...aConnection({ metadata: { note: 'hush' } }),
      id: '/subscriptions/x/providers/Microsoft.MachineLearningServices/y',
    };
    const { nodes } = converted({ projects: { value: [] }, connections: { value: [returned] } });
    expect(nodes[0]).toMatchObject({
      source_record_id: `${ACCOUNT}/connections/servicenow-prod`.toLowerCase(),
      properties: { target: 'https://example-co.service-now.com/api/x_acme/mcp', auth_type: 'OAuth2' },
      correlation_keys: [{ kind: 'endpoint_url', value: 'https://example-co.service-now.com/api/x_acme/mcp' }],
    });
    expect(JSON.stringify(nodes)).not.toMatch(/hush|token=1/);
  });

  it('credentials that were not shown are recorded as not shown, and shown ones are not kept', () => {
    const shown = (credentials: unknown) =>
      converted({ connections: { value: [aConnection({ credentials })] } }).nodes[0]?.properties;
    expect(shown(null)?.credentials_shown).toBe(false);
    expect(shown({ key: 'hush' })?.credentials_shown).toBe(true);
    expect(JSON.stringify(shown({ key: 'hush' }))).not.toContain('hush');
  });
});

describe('agents', () => {
  const model = ['INVOKES', 'foundry_model_deployment', `${ACCOUNT}/deployments/gpt-main`.toLowerCase()];
  const project = ['BELONGS_TO', 'foundry_project', PROJECT.toLowerCase()];

  it('an agent with an identity of its own runs as it, one without as its project', () => {
    const own = withAgents(anAgent({ instance_identity: { principal_id: OWN, client_id: 'x' } }));
    expect(edgesOf(own).slice(1)).toEqual([project, ['RUNS_AS', 'foundry_identity', `${T}/${OWN}`], model]);
    expect(edgesOf(withAgents(anAgent())).slice(1)).toEqual([
      project,
      ['RUNS_AS', 'foundry_identity', `${T}/${M}`],
      model,
    ]);
  });

  it('its instructions are not kept', () => {
    expect(JSON.stringify(converted(withAgents(anAgent())).nodes)).not.toContain('hush');
  });

  it('where connection and server differ, the connection is called; one of the project before one of the account', () => {
    const tool = {
      type: 'mcp',
      server_label: 'snow',
      server_url: 'https://else.example/mcp',
      project_connection_id: 'servicenow-prod',
    };
    const records = withAgents(anAgent({}, [tool]));
    const invoked = (more: object) =>
      edgesOf({ ...records, ...more }).filter(([type, to]) => type === 'INVOKES' && to === 'foundry_connection');
    const ofProject = { project_connections: { claims: { value: [aConnection()] } } };
    expect(invoked(ofProject)).toEqual([
      ['INVOKES', 'foundry_connection', `${PROJECT}/connections/servicenow-prod`.toLowerCase()],
    ]);
    expect(invoked({})).toEqual([
      ['INVOKES', 'foundry_connection', `${ACCOUNT}/connections/servicenow-prod`.toLowerCase()],
    ]);
  });

  it('a tool that names an address and no connection is a connection', () => {
    const tool = {
      type: 'openapi',
      openapi: {
        name: 'pay',
        spec: { servers: [{ url: 'https://abc123.lambda-url.eu-west-1.on.aws/' }] },
        auth: { type: 'managed_identity', security_scheme: { audience: 'api://invoice-bot' } },
      },
    };
    const { nodes } = converted(withAgents(anAgent({}, [tool, { type: 'code_interpreter' }])));
    expect(nodes.filter(({ entity_type }) => entity_type === 'foundry_connection')).toEqual([
      expect.objectContaining({
        source_record_id: `${PROJECT}/agents/claims-agent/tools/openapi:pay`.toLowerCase(),
        correlation_keys: [{ kind: 'endpoint_url', value: 'https://abc123.lambda-url.eu-west-1.on.aws' }],
      }),
    ]);
  });
});

describe('what is not known of an account', () => {
  it('a record that makes no sense is one gap, and its siblings go on', () => {
    const { nodes, gaps } = converted({ connections: { value: [{ name: '' }, aConnection()] } });
    expect(nodes).toHaveLength(1);
    expect(gaps.map(({ code }) => code)).toEqual(['unreadable_item']);
  });

  it('a next page that was not read is a gap', () => {
    expect(converted({ projects: { value: [], nextLink: 'https://management.azure.com/...' } }).gaps).toHaveLength(1);
    const more = { projects: { value: [aProject()] }, agents: { claims: { data: [], has_more: true } } };
    expect(converted(more).gaps).toEqual([expect.objectContaining({ action: 'GET {project}/agents' })]);
  });
});
