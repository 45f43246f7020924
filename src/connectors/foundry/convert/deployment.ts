import * as z from 'zod';
import type { NormalizedNode } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { known } from '../../properties.ts';
import { type FoundryHome, foundryRef } from './foundry-ref.ts';

export const DEPLOYMENTS = 'GET Microsoft.CognitiveServices/accounts/deployments';

/** What is read of the deployment of a model. */
export const Deployment = z.object({
  name: z.string().min(1),
  properties: z.object({
    model: z.object({ format: z.string().nullish(), name: z.string(), version: z.string().nullish() }),
    provisioningState: z.string().nullish(),
  }),
  tags: z.record(z.string(), z.string()).nullish(),
});
export type Deployment = z.infer<typeof Deployment>;

export const deploymentId = (account: string, name: string): string => `${account}/deployments/${name}`;

/** What is asked of a model by the name of its deployment. https://learn.microsoft.com/azure/ai-foundry/openai/reference */
const OPERATIONS = ['chat/completions', 'completions', 'embeddings', 'images/generations', 'responses'] as const;

/** The hosts of an account that serve models by deployment. */
const SERVES_MODELS = /\.(openai\.azure|cognitiveservices\.azure|services\.ai\.azure)\.(com|us|cn)$/;

/**
 * A model that can be called, and the URLs under which it is. `endpoints` are those of the account: Azure forms the rest of a
 * URL from the deployment's name. Paths that name the model in the body (`/openai/v1`) are the account's, not one deployment's.
 */
export function* toDeployment(
  { name, properties, tags }: Deployment,
  account: string,
  endpoints: readonly string[],
  home: FoundryHome,
): Generator<NormalizedNode, void, undefined> {
  const urls = deploymentUrls(name, endpoints);
  yield {
    kind: 'node',
    ...foundryRef('foundry_model_deployment', home, deploymentId(account, name)),
    display_name: name,
    properties: known({
      model: properties.model.name,
      model_format: properties.model.format ?? undefined,
      model_version: properties.model.version ?? undefined,
      provisioning_state: properties.provisioningState ?? undefined,
      endpoint_urls: urls,
      tags: Object.entries(tags ?? {})
        .map(([key, value]) => ({ key, value }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
    }),
    correlation_keys: urls.map((value) => ({ kind: 'endpoint_url', value })),
    api: DEPLOYMENTS,
  };
}

function deploymentUrls(name: string, endpoints: readonly string[]): readonly string[] {
  const hosts = endpoints.flatMap((endpoint) => (URL.canParse(endpoint) ? [new URL(endpoint).hostname] : []));
  const serving = [...new Set(hosts.map((host) => host.replace(/\.$/, '')))].filter((host) => SERVES_MODELS.test(host));
  return serving
    .flatMap((host) =>
      OPERATIONS.map((operation) =>
        canonicalEndpoint(`https://${host}/openai/deployments/${encodeURIComponent(name)}/${operation}`),
      ),
    )
    .filter((url): url is string => url !== undefined)
    .sort();
}
