import { canonicalEndpoint } from '../../connectors/endpoint-url.ts';
import type { GraphEntity } from '../../graph/documents.ts';
import type { CorrelationRule, Presented } from '../rule.ts';

/**
 * Of a function's URL, the host is the function, and any path on it: the path is only handed on.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
function endpointKey(url: string): string | undefined {
  const endpoint = canonicalEndpoint(url);
  if (endpoint === undefined) return undefined;
  const { origin, hostname } = new URL(endpoint);
  return /^[a-z0-9-]+\.lambda-url\./.test(hostname) ? origin : endpoint;
}

const presentEndpoints = (entity: GraphEntity): readonly Presented[] =>
  entity.correlationKeys.flatMap(({ kind, value }) => {
    const key = kind === 'endpoint_url' ? endpointKey(value) : undefined;
    return key === undefined ? [] : [{ key, fields: [{ field: 'correlationKeys[endpoint_url]', value }] }];
  });

export const endpointUrlBridge: CorrelationRule = {
  id: 'endpoint-url-bridge',
  title: 'Address that something calls is the endpoint of a workload',
  explanation: `A connection or a REST message calls an address; a function, an agent runtime, a gateway or the deployment of a model answers at one. Where the two are the same, whoever is the first reaches the second. Compared are scheme, host, port and path; case of the host, a port that goes without saying, a slash at the end and the query do not count. The case of the path does. Of the URL of a Lambda function the host is enough: it answers on any path.

What is called is not thereby let in: whether it is says the endpoint's own authorization. An address with variables in it is no address, and joins nothing. Where several workloads answer at one address, which of them is meant is not known, and nothing is joined.`,
  effect: 'BRIDGES_TO',
  confidence: 'strong',
  default_enabled: true,
  left: {
    entity_types: [
      'servicenow_rest_message',
      'foundry_connection',
      'aws_event_api_destination',
      'aws_agentcore_gateway_target',
    ],
    presents: 'the addresses that it calls (`endpoint_url`)',
    present: () => presentEndpoints,
  },
  right: {
    entity_types: [
      'aws_lambda_function',
      'aws_agentcore_runtime',
      'aws_agentcore_gateway',
      'foundry_model_deployment',
      'foundry_agent',
    ],
    presents: 'the addresses at which it answers (`endpoint_url`)',
    present: () => presentEndpoints,
  },
};
