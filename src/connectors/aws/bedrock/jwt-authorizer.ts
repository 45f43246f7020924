import type { AuthorizerConfiguration } from '@aws-sdk/client-bedrock-agentcore-control';
import type { Json } from '../../../kernel/canonical.ts';

/**
 * Who a runtime or a gateway lets in: callers with an AWS signature, holders of a token of one issuer (with the clients and
 * audiences that it accepts), or anybody. Clients and audiences are ids of applications, and open nothing.
 */
export function authorizerOf(type: string, configuration: AuthorizerConfiguration | undefined): Json {
  const jwt = configuration?.customJWTAuthorizer;
  return {
    type,
    discovery_url: jwt?.discoveryUrl ?? null,
    allowed_clients: sorted(jwt?.allowedClients),
    allowed_audiences: sorted(jwt?.allowedAudience),
    allowed_scopes: sorted(jwt?.allowedScopes),
    allowed_workload_identities: sorted(jwt?.allowedWorkloadConfiguration?.workloadIdentities),
  };
}

const sorted = (texts: readonly string[] | undefined): readonly string[] => [...(texts ?? [])].sort();
