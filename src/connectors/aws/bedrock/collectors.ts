import type { AwsCollector } from '../session.ts';
import { agents } from './agents.ts';
import { apiKeyProviders } from './api-key-providers.ts';
import { customModels } from './custom-models.ts';
import { executionCounts } from './execution-counts.ts';
import { gateways } from './gateways.ts';
import { guardrails } from './guardrails.ts';
import { importedModels } from './imported-models.ts';
import { inferenceProfiles } from './inference-profiles.ts';
import { invocationLogging } from './invocation-logging.ts';
import { knowledgeBases } from './knowledge-bases.ts';
import { memories } from './memories.ts';
import { oauthProviders } from './oauth-providers.ts';
import { runtimes } from './runtimes.ts';
import { workloadIdentities } from './workload-identities.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [
  agents,
  knowledgeBases,
  guardrails,
  customModels,
  importedModels,
  inferenceProfiles,
  invocationLogging,
  runtimes,
  gateways,
  workloadIdentities,
  oauthProviders,
  apiKeyProviders,
  memories,
  executionCounts,
];
