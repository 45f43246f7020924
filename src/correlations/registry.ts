import type { CorrelationRule } from './rule.ts';
import { awsOidcFederationToEntraSp } from './rules/aws-oidc-federation-to-entra-sp.ts';
import { awsUniqueIdToPrincipal } from './rules/aws-unique-id-to-principal.ts';
import { endpointUrlBridge } from './rules/endpoint-url-bridge.ts';
import { entraClientIdToServicenowOauth } from './rules/entra-client-id-to-servicenow-oauth.ts';
import { foundryIdentityToEntraSp } from './rules/foundry-identity-to-entra-sp.ts';
import { humanIdentityByImmutableId } from './rules/human-identity-by-immutable-id.ts';
import { lambdaSecretStoredEntraSp } from './rules/lambda-secret-stored-entra-sp.ts';
import { mcpServerToEntraSp } from './rules/mcp-server-to-entra-sp.ts';

/** Every rule, ordered by id. */
export const RULES: readonly CorrelationRule[] = [
  awsOidcFederationToEntraSp,
  awsUniqueIdToPrincipal,
  endpointUrlBridge,
  entraClientIdToServicenowOauth,
  foundryIdentityToEntraSp,
  humanIdentityByImmutableId,
  lambdaSecretStoredEntraSp,
  mcpServerToEntraSp,
];

/** A rule by its id; undefined where there is none of that name. */
export const ruleNamed = (rule_id: string): CorrelationRule | undefined => RULES.find(({ id }) => id === rule_id);
