import type {
  ApiSchemaConfiguration,
  CredentialProviderConfiguration,
  GetGatewayTargetResponse,
} from '@aws-sdk/client-bedrock-agentcore-control';
import type { EntityType } from '../../../observations/entity-types.ts';
import type { Observation } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { qualifierOf, unqualified } from '../lambda/function-arn.ts';
import { known, required } from '../properties.ts';
import type { AwsSession } from '../session.ts';
import { statedEdge } from './stated-edge.ts';

/** The call that tells about a target of a gateway. */
export const TARGET = 'bedrock-agentcore:GetGatewayTarget';

type Home = Pick<AwsSession, 'account' | 'partition' | 'region'>;

/** What a gateway leads to: something with an ARN, or addresses, or neither that we can see. */
interface Lead {
  readonly target_type: string;
  readonly invokes?: {
    readonly entity_type: EntityType;
    readonly arn: string;
    readonly qualifier?: string | undefined;
  };
  /** Undefined where the API does not tell: the schema is kept elsewhere. */
  readonly urls?: readonly string[];
  readonly schema?: 'inline' | 's3' | undefined;
}

/**
 * A target of a gateway: a connection, with an edge to what it invokes and one to what it authenticates as. A function
 * that an MCP target invokes is an MCP server by that: `mcp_server` on the edge says so.
 * A target has no ARN of its own: it is named as if it had one, below its gateway. Throws TypeError on an odd record.
 */
export function* toGatewayTarget(
  gateway_arn: string,
  target: GetGatewayTargetResponse,
  home: Home,
): Generator<Observation, void, undefined> {
  const gateway = arnRef('aws_agentcore_gateway', gateway_arn);
  const id = required(target.targetId, 'targetId');
  const ref = arnRef('aws_agentcore_gateway_target', `${gateway_arn}/target/${id}`);
  const lead = leadOf(target, home);
  const endpoints = lead.urls?.flatMap((url) => canonicalEndpoint(url) ?? []).sort();
  const mcp = Boolean(target.targetConfiguration?.mcp);
  const credentials = target.credentialProviderConfigurations ?? [];
  yield {
    kind: 'node',
    ...ref,
    display_name: required(target.name, 'name'),
    properties: known({
      target_id: id,
      name: target.name,
      region: home.region,
      gateway_arn,
      target_type: lead.target_type,
      mcp_server: mcp,
      schema: lead.schema ?? null,
      target_arn: lead.invokes?.arn ?? null,
      endpoints,
      credential_types: credentials.map(({ credentialProviderType }) => credentialProviderType ?? 'unknown').sort(),
      scopes: credentials
        .flatMap(({ credentialProvider }) => credentialProvider?.oauthCredentialProvider?.scopes ?? [])
        .sort(),
    }),
    correlation_keys: (endpoints ?? []).map((value) => ({ kind: 'endpoint_url', value })),
    api: TARGET,
  };
  yield belongsTo(ref, home, TARGET);
  yield statedEdge('INVOKES', gateway, ref, { field: `targets[${id}]`, api: TARGET });
  if (lead.invokes) {
    const { entity_type, arn, qualifier } = lead.invokes;
    yield statedEdge('INVOKES', ref, arnRef(entity_type, arn), {
      field: `targetConfiguration[${arn}]`,
      api: TARGET,
      properties: known({ mcp_server: mcp, qualifier }),
    });
  }
  for (const provider of credentials.flatMap((one) => providerOf(one) ?? [])) {
    const stated = { field: `credentialProviderConfigurations[${provider}]`, api: TARGET };
    yield statedEdge('AUTHENTICATES_AS', ref, arnRef('aws_agentcore_credential_provider', provider), stated);
  }
}

function leadOf({ targetConfiguration }: GetGatewayTargetResponse, home: Home): Lead {
  const mcp = targetConfiguration?.mcp;
  const http = targetConfiguration?.http;
  if (mcp?.lambda) return { target_type: 'mcp_lambda', invokes: functionOf(mcp.lambda.lambdaArn) };
  if (mcp?.mcpServer) return { target_type: 'mcp_server', urls: [required(mcp.mcpServer.endpoint, 'endpoint')] };
  if (mcp?.openApiSchema) return { target_type: 'mcp_open_api', ...schemaOf(mcp.openApiSchema) };
  if (mcp?.smithyModel) return { target_type: 'mcp_smithy', schema: schemaOf(mcp.smithyModel).schema };
  if (mcp?.apiGateway) {
    const { restApiId, stage } = mcp.apiGateway;
    const suffix = home.partition === 'aws-cn' ? '.cn' : '';
    const host = `${required(restApiId, 'restApiId')}.execute-api.${home.region}.amazonaws.com${suffix}`;
    return { target_type: 'mcp_api_gateway', urls: [`https://${host}/${required(stage, 'stage')}`] };
  }
  if (http?.agentcoreRuntime) {
    const { arn, qualifier } = http.agentcoreRuntime;
    const invokes = { entity_type: 'aws_agentcore_runtime', arn: required(arn, 'arn'), qualifier } as const;
    return { target_type: 'http_runtime', invokes };
  }
  if (http?.passthrough)
    return { target_type: 'http_passthrough', urls: [required(http.passthrough.endpoint, 'endpoint')] };
  return { target_type: kindsOf(targetConfiguration).slice(0, 2).join('_').toLowerCase() };
}

/** The names of the members of nested unions, outermost first. One that the SDK does not know comes as a pair of name and value. */
function kindsOf(union: object | undefined): readonly string[] {
  const [kind, value]: readonly unknown[] = Object.entries(union ?? {})[0] ?? [];
  if (typeof kind !== 'string') throw new TypeError('the target has no configuration');
  if (kind === '$unknown') return Array.isArray(value) ? [String(value[0])] : [];
  const inner = typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? kindsOf(value) : [];
  return [kind, ...inner];
}

const functionOf = (lambda: string | undefined): NonNullable<Lead['invokes']> => {
  const arn = required(lambda, 'lambdaArn');
  return { entity_type: 'aws_lambda_function', arn: unqualified(arn), qualifier: qualifierOf(arn) };
};

/** Of a schema that AWS hands out with the target, the servers that it names, and nothing else of it. */
function schemaOf(schema: ApiSchemaConfiguration): Pick<Lead, 'schema' | 'urls'> {
  if (schema.inlinePayload === undefined) return { schema: 's3' };
  const urls = serversOf(schema.inlinePayload);
  return { schema: 'inline', ...(urls && { urls }) };
}

/** The servers of an OpenAPI document in JSON or in YAML; undefined where it names none that can be told. */
function serversOf(document: string): readonly string[] | undefined {
  const parsed = parsedJson(document);
  if (parsed === undefined) return serversOfYaml(document);
  const servers = typeof parsed === 'object' && parsed !== null && 'servers' in parsed ? parsed.servers : undefined;
  if (!Array.isArray(servers)) return undefined;
  return servers.flatMap((server: unknown) =>
    typeof server === 'object' && server !== null && 'url' in server && typeof server.url === 'string'
      ? [server.url]
      : [],
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The block of `servers:` at the left margin of a YAML document, as every generator writes it. */
function serversOfYaml(text: string): readonly string[] | undefined {
  const block = /^servers:[ \t]*\r?\n((?:[ \t-].*(?:\r?\n|$)|\r?\n)*)/m.exec(text)?.[1];
  const urls = [...(block ?? '').matchAll(/^[ \t]*(?:-[ \t]+)?url:[ \t]*["']?([^"'\s#]+)/gm)].map(
    ([, url = '']) => url,
  );
  return urls.length > 0 ? urls : undefined;
}

const providerOf = ({ credentialProvider }: CredentialProviderConfiguration): string | undefined =>
  credentialProvider?.oauthCredentialProvider?.providerArn ?? credentialProvider?.apiKeyCredentialProvider?.providerArn;
