import {
  BedrockAgentCoreControlClient,
  GetApiKeyCredentialProviderCommand,
  GetMemoryCommand,
  GetOauth2CredentialProviderCommand,
  ListApiKeyCredentialProvidersCommand,
  ListMemoriesCommand,
  ListOauth2CredentialProvidersCommand,
  ListTagsForResourceCommand,
  ListWorkloadIdentitiesCommand,
} from '@aws-sdk/client-bedrock-agentcore-control';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { apiKeyProviders } from '../../../../src/connectors/aws/bedrock/api-key-providers.ts';
import { memories } from '../../../../src/connectors/aws/bedrock/memories.ts';
import { oauthProviders } from '../../../../src/connectors/aws/bedrock/oauth-providers.ts';
import { workloadIdentities } from '../../../../src/connectors/aws/bedrock/workload-identities.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const core = mockClient(BedrockAgentCoreControlClient);
const arn = (resource: string) => `arn:aws:bedrock-agentcore:${REGION}:${ACCOUNT}:${resource}`;
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:client-AbCdEf`;
const WHEN = new Date('2026-01-02T03:04:05Z');

beforeEach(() => {
  core.reset();
  core.on(ListTagsForResourceCommand).resolves({ tags: { mcp: 'yes' } });
});

const hops = (edges: Awaited<ReturnType<typeof look>>['edges']) =>
  edges
    .filter(({ edge_type }) => edge_type !== 'BELONGS_TO')
    .map(({ edge_type, to, properties }) => [edge_type, to.source_record_id, properties.runtime_versions]);

describe('a memory', () => {
  const SUMMARY = { arn: arn('memory/talks-1'), id: 'talks-1', createdAt: WHEN, updatedAt: WHEN };
  const MEMORY = {
    arn: SUMMARY.arn,
    id: 'talks-1',
    name: 'talks',
    description: 'a secret',
    memoryExecutionRoleArn: role('talks'),
    eventExpiryDuration: 30,
    status: 'ACTIVE',
    createdAt: WHEN,
    updatedAt: WHEN,
    strategies: [
      { strategyId: 's', name: 'facts', type: 'SEMANTIC', namespaces: ['/a secret'], namespaceTemplates: [] },
    ],
  } as const;
  const memory = {
    ...MEMORY,
    strategies: MEMORY.strategies.map((one) => ({ ...one, namespaces: [...one.namespaces], namespaceTemplates: [] })),
  };
  beforeEach(() => {
    core.on(ListMemoriesCommand).resolves({ memories: [SUMMARY] });
    core.on(GetMemoryCommand).resolves({ memory });
  });

  it('runs as its role and says what kinds of things it keeps', async () => {
    const { nodes, edges, observations } = await look(memories);
    expect(nodes[0]).toMatchObject({
      display_name: 'talks',
      properties: { strategy_types: ['SEMANTIC'], encryption_key: null },
    });
    expect(hops(edges)).toEqual([['RUNS_AS', role('talks'), undefined]]);
    expect(JSON.stringify(observations)).not.toContain('a secret');
  });

  it('that may not be described is known by its id', async () => {
    core.on(GetMemoryCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, row } = await look(memories);
    expect(nodes[0]).toMatchObject({ display_name: 'talks-1' });
    expect(nodes[0]?.properties).not.toHaveProperty('role_arn');
    expect(row.status).toBe('denied');
  });

  it('is not there only when AWS gives a list without it', async () => {
    core.on(ListMemoriesCommand).resolves({ memories: undefined });
    expect((await look(memories)).row.status).toBe('failed');
  });
});

describe('a workload identity', () => {
  const ARN = arn('workload-identity-directory/default/workload-identity/tools');

  it('is an identity of its account', async () => {
    core
      .on(ListWorkloadIdentitiesCommand)
      .resolves({ workloadIdentities: [{ name: 'tools', workloadIdentityArn: ARN }] });
    const { nodes, edges } = await look(workloadIdentities);
    expect(nodes[0]).toMatchObject({ entity_type: 'aws_agentcore_workload_identity', source_record_id: ARN });
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
  });

  it('without an ARN is one gap', async () => {
    core
      .on(ListWorkloadIdentitiesCommand)
      .resolves({ workloadIdentities: [{ name: 'tools', workloadIdentityArn: '' }] });
    expect((await look(workloadIdentities)).gaps).toEqual([expect.objectContaining({ code: 'unreadable_item' })]);
  });
});

describe('an OAuth client', () => {
  const ARN = arn('token-vault/default/oauth2credentialprovider/servicenow');
  const CLIENT = '3F9A1C52-7D4E-4B1A-9C60-2E85D0B7A411';
  const provider = {
    name: 'servicenow',
    credentialProviderArn: ARN,
    credentialProviderVendor: 'CustomOauth2' as const,
    createdTime: WHEN,
    lastUpdatedTime: WHEN,
  };
  const details = { ...provider, clientSecretArn: { secretArn: SECRET } };
  beforeEach(() => {
    core.on(ListOauth2CredentialProvidersCommand).resolves({ credentialProviders: [provider] });
  });

  it('of Entra names its application, its tenant by the discovery URL, and the secret that opens it', async () => {
    const discoveryUrl = 'https://login.microsoftonline.com/t/v2.0/.well-known/openid-configuration';
    core.on(GetOauth2CredentialProviderCommand).resolves({
      ...details,
      oauth2ProviderConfigOutput: {
        microsoftOauth2ProviderConfig: { clientId: CLIENT, oauthDiscovery: { discoveryUrl } },
      },
    });
    const { nodes, edges } = await look(oauthProviders);
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_agentcore_credential_provider',
      properties: { vendor: 'CustomOauth2', client_id: CLIENT, discovery_url: discoveryUrl, secret_arn: SECRET },
      correlation_keys: [{ kind: 'oauth_client_id', value: CLIENT.toLowerCase() }],
    });
    expect(hops(edges)).toEqual([['STORED_IN', SECRET, undefined]]);
  });

  it('of another vendor names the issuer and where it gets its tokens; its id is compared as it stands', async () => {
    core.on(GetOauth2CredentialProviderCommand).resolves({
      ...details,
      oauth2ProviderConfigOutput: {
        customOauth2ProviderConfig: {
          clientId: 'AbC',
          oauthDiscovery: {
            authorizationServerMetadata: {
              issuer: 'https://Dev1.service-now.com',
              authorizationEndpoint: 'https://dev1.service-now.com/oauth_auth.do',
              tokenEndpoint: 'https://Dev1.service-now.com/oauth_token.do?a=b',
            },
          },
        },
      },
    });
    expect((await look(oauthProviders)).nodes[0]).toMatchObject({
      properties: {
        issuer: 'https://Dev1.service-now.com',
        token_endpoint: 'https://dev1.service-now.com/oauth_token.do',
      },
      correlation_keys: [{ kind: 'oauth_client_id', value: 'AbC' }],
    });
  });

  it('that AWS tells nothing of is known by name', async () => {
    core.on(GetOauth2CredentialProviderCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(oauthProviders);
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'servicenow',
      region: REGION,
      credential_type: 'oauth2',
      vendor: 'CustomOauth2',
    });
    expect(nodes[0]?.correlation_keys).toEqual([]);
    expect(gaps).toEqual([
      expect.objectContaining({ action: 'bedrock-agentcore:GetOauth2CredentialProvider', item: ARN }),
    ]);
  });

  it('whose answer has no configuration is no client without an id', async () => {
    core.on(GetOauth2CredentialProviderCommand).resolves({ ...details, oauth2ProviderConfigOutput: undefined });
    const { nodes, gaps } = await look(oauthProviders);
    expect(nodes[0]?.properties).not.toHaveProperty('client_id');
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: ARN })]);
  });
});

describe('an API key', () => {
  const ARN = arn('token-vault/default/apikeycredentialprovider/search');
  const provider = { name: 'search', credentialProviderArn: ARN, createdTime: WHEN, lastUpdatedTime: WHEN };

  it('is stored in its secret', async () => {
    core.on(ListApiKeyCredentialProvidersCommand).resolves({ credentialProviders: [provider] });
    core.on(GetApiKeyCredentialProviderCommand).resolves({ ...provider, apiKeySecretArn: { secretArn: SECRET } });
    const { nodes, edges } = await look(apiKeyProviders);
    expect(nodes[0]).toMatchObject({
      source_record_id: ARN,
      properties: { credential_type: 'api_key', secret_arn: SECRET },
    });
    expect(hops(edges)).toEqual([['STORED_IN', SECRET, undefined]]);
  });

  it('whose secret may not be named leaves it out', async () => {
    core.on(ListApiKeyCredentialProvidersCommand).resolves({ credentialProviders: [provider] });
    core.on(GetApiKeyCredentialProviderCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, row } = await look(apiKeyProviders);
    expect(nodes[0]?.properties).not.toHaveProperty('secret_arn');
    expect(row.status).toBe('denied');
  });
});
