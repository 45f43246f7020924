import {
  type ApiKeyCredentialProviderItem,
  BedrockAgentCoreControlClient,
  GetApiKeyCredentialProviderCommand,
  ListApiKeyCredentialProvidersCommand,
} from '@aws-sdk/client-bedrock-agentcore-control';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { statedEdge } from './stated-edge.ts';

const LIST = 'bedrock-agentcore:ListApiKeyCredentialProviders';
const GET = 'bedrock-agentcore:GetApiKeyCredentialProvider';

/** The API keys that agents use elsewhere, by name and by the secret that holds them. No secret is read. */
export const apiKeyProviders: AwsCollector = {
  id: 'bedrock-agentcore.api-key-providers',
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
        session.client(BedrockAgentCoreControlClient).send(new ListApiKeyCredentialProvidersCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ credentialProviders }) => credentialProviders,
      name: ({ credentialProviderArn, name }) => credentialProviderArn ?? name,
      look: (provider) => lookAtProvider(session, provider),
    }),
};

async function* lookAtProvider(
  session: AwsSession,
  provider: ApiKeyCredentialProviderItem,
): AsyncGenerator<Observation, void, undefined> {
  const item = required(provider.credentialProviderArn, 'credentialProviderArn');
  const secret = yield* readItem({ action: GET, item }, async () => {
    const asked = new GetApiKeyCredentialProviderCommand({ name: required(provider.name, 'name') });
    const { apiKeySecretArn } = await session.client(BedrockAgentCoreControlClient).send(asked);
    return answered(apiKeySecretArn?.secretArn, 'apiKeySecretArn');
  });
  yield* toApiKeyProvider(provider, session, secret);
}

/** An API key. Throws TypeError on a record that makes no sense. */
export function* toApiKeyProvider(
  provider: ApiKeyCredentialProviderItem,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  secret: Reading<string>,
): Generator<Observation, void, undefined> {
  const arn = required(provider.credentialProviderArn, 'credentialProviderArn');
  const name = required(provider.name, 'name');
  const ref = arnRef('aws_agentcore_credential_provider', arn);
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: home.region,
      credential_type: 'api_key',
      secret_arn: secret.known ? (secret.value ?? null) : undefined,
    }),
    api: LIST,
    property_apis: { secret_arn: GET },
  };
  yield belongsTo(ref, home, LIST);
  if (secret.known && secret.value) {
    const stated = { field: `apiKeySecretArn[${secret.value}]`, api: GET };
    yield statedEdge('STORED_IN', ref, arnRef('aws_secretsmanager_secret', secret.value), stated);
  }
}
