import {
  BedrockAgentCoreControlClient,
  GetOauth2CredentialProviderCommand,
  type GetOauth2CredentialProviderResponse,
  ListOauth2CredentialProvidersCommand,
  type Oauth2CredentialProviderItem,
  type Oauth2Discovery,
} from '@aws-sdk/client-bedrock-agentcore-control';
import type { Observation } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { statedEdge } from './stated-edge.ts';

const LIST = 'bedrock-agentcore:ListOauth2CredentialProviders';
const GET = 'bedrock-agentcore:GetOauth2CredentialProvider';

/** The OAuth clients that agents act as elsewhere: whose they are and which secret opens them. No secret is read. */
export const oauthProviders: AwsCollector = {
  id: 'bedrock-agentcore.oauth-providers',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_agentcore_credential_provider'],
  edge_types: ['STORED_IN', 'BELONGS_TO'],
  actions: [LIST, GET],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) =>
        session.client(BedrockAgentCoreControlClient).send(new ListOauth2CredentialProvidersCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ credentialProviders }) => credentialProviders,
      name: ({ credentialProviderArn, name }) => credentialProviderArn ?? name,
      look: (provider) => lookAtProvider(session, provider),
    }),
};

async function* lookAtProvider(
  session: AwsSession,
  provider: Oauth2CredentialProviderItem,
): AsyncGenerator<Observation, void, undefined> {
  const item = required(provider.credentialProviderArn, 'credentialProviderArn');
  const details = yield* readItem({ action: GET, item }, async () => {
    const asked = new GetOauth2CredentialProviderCommand({ name: required(provider.name, 'name') });
    const answer = await session.client(BedrockAgentCoreControlClient).send(asked);
    answered(answer.oauth2ProviderConfigOutput, 'oauth2ProviderConfigOutput');
    return answer;
  });
  yield* toOauthProvider(provider, session, details);
}

/** An OAuth client. Client ids that are GUIDs are compared in lower case. Throws TypeError on an odd record. */
export function* toOauthProvider(
  provider: Oauth2CredentialProviderItem,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  details: Reading<GetOauth2CredentialProviderResponse>,
): Generator<Observation, void, undefined> {
  const arn = required(provider.credentialProviderArn, 'credentialProviderArn');
  const ref = arnRef('aws_agentcore_credential_provider', arn);
  const read = details.known ? details.value : undefined;
  // One member of the union is there, by the vendor's name; all have these two fields.
  const configuration: { readonly clientId?: string; readonly oauthDiscovery?: Oauth2Discovery } | undefined =
    read && Object.values(read.oauth2ProviderConfigOutput ?? {})[0];
  const discovery = configuration?.oauthDiscovery;
  const metadata = discovery?.authorizationServerMetadata;
  const client_id = configuration?.clientId;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(provider.name, 'name'),
    properties: known({
      arn,
      name: provider.name,
      region: home.region,
      credential_type: 'oauth2',
      vendor: provider.credentialProviderVendor ?? null,
      client_id: read && (client_id ?? null),
      discovery_url: read && (canonicalEndpoint(discovery?.discoveryUrl) ?? null),
      issuer: read && (metadata?.issuer ?? null),
      token_endpoint: read && (canonicalEndpoint(metadata?.tokenEndpoint) ?? null),
      secret_arn: read && (read.clientSecretArn?.secretArn ?? null),
    }),
    correlation_keys: client_id ? [{ kind: 'oauth_client_id', value: guidsLower(client_id) }] : [],
    api: LIST,
    property_apis: { client_id: GET, discovery_url: GET, issuer: GET, token_endpoint: GET, secret_arn: GET },
  };
  yield belongsTo(ref, home, LIST);
  const secret = read?.clientSecretArn?.secretArn;
  if (secret) {
    const stated = { field: `clientSecretArn[${secret}]`, api: GET };
    yield statedEdge('STORED_IN', ref, arnRef('aws_secretsmanager_secret', secret), stated);
  }
}

const guidsLower = (text: string): string =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : text;
