import type { Route } from './rest-actions.ts';

const version = '/agents/*/agentversions/*';

/**
 * Bedrock and its agents, which have one prefix in IAM.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations.html
 */
export const BEDROCK: readonly Route[] = [
  ['POST', '/agents', 'ListAgents'],
  ['GET', '/agents/*', 'GetAgent'],
  ['POST', '/agents/*/agentaliases', 'ListAgentAliases'],
  ['GET', version, 'GetAgentVersion'],
  ['POST', `${version}/actiongroups`, 'ListAgentActionGroups'],
  ['GET', `${version}/actiongroups/*`, 'GetAgentActionGroup'],
  ['POST', `${version}/agentcollaborators`, 'ListAgentCollaborators'],
  ['POST', `${version}/knowledgebases`, 'ListAgentKnowledgeBases'],
  ['POST', '/knowledgebases', 'ListKnowledgeBases'],
  ['GET', '/knowledgebases/*', 'GetKnowledgeBase'],
  ['POST', '/knowledgebases/*/datasources', 'ListDataSources'],
  ['GET', '/knowledgebases/*/datasources/*', 'GetDataSource'],
  ['GET', '/tags/**', 'ListTagsForResource'],
  ['POST', '/listTagsForResource', 'ListTagsForResource'],
  ['GET', '/guardrails', 'ListGuardrails'],
  ['GET', '/guardrails/**', 'GetGuardrail'],
  ['GET', '/custom-models', 'ListCustomModels'],
  ['GET', '/custom-models/**', 'GetCustomModel'],
  ['GET', '/model-customization-jobs/**', 'GetModelCustomizationJob'],
  ['GET', '/imported-models', 'ListImportedModels'],
  ['GET', '/imported-models/**', 'GetImportedModel'],
  ['GET', '/model-import-jobs/**', 'GetModelImportJob'],
  ['GET', '/inference-profiles', 'ListInferenceProfiles'],
  ['GET', '/logging/modelinvocations', 'GetModelInvocationLoggingConfiguration'],
];

/** https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_Operations.html */
export const AGENTCORE: readonly Route[] = [
  ['POST', '/runtimes', 'ListAgentRuntimes'],
  ['GET', '/runtimes/*', 'GetAgentRuntime'],
  ['POST', '/runtimes/*/runtime-endpoints', 'ListAgentRuntimeEndpoints'],
  ['GET', '/gateways', 'ListGateways'],
  ['GET', '/gateways/*', 'GetGateway'],
  ['GET', '/gateways/*/targets', 'ListGatewayTargets'],
  ['GET', '/gateways/*/targets/*', 'GetGatewayTarget'],
  ['POST', '/memories', 'ListMemories'],
  ['GET', '/memories/*/details', 'GetMemory'],
  ['POST', '/identities/ListWorkloadIdentities', 'ListWorkloadIdentities'],
  ['POST', '/identities/ListOauth2CredentialProviders', 'ListOauth2CredentialProviders'],
  ['POST', '/identities/GetOauth2CredentialProvider', 'GetOauth2CredentialProvider'],
  ['POST', '/identities/ListApiKeyCredentialProviders', 'ListApiKeyCredentialProviders'],
  ['POST', '/identities/GetApiKeyCredentialProvider', 'GetApiKeyCredentialProvider'],
  ['GET', '/tags/**', 'ListTagsForResource'],
];
