import type { AgentRuntimeEndpoint, GetAgentRuntimeResponse } from '@aws-sdk/client-bedrock-agentcore-control';
import type { Json } from '../../../kernel/canonical.ts';
import type { EntityRef, NormalizedEdge, Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { identifierVariables } from '../identifier-variables.ts';
import { known, required } from '../properties.ts';
import type { Reading } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';
import { authorizerOf } from './jwt-authorizer.ts';
import { bucketRef, mergedEdges, statedEdge } from './stated-edge.ts';

/** The calls that tell about an AgentCore runtime. */
export const RUNTIME_APIS = {
  runtimes: 'bedrock-agentcore:ListAgentRuntimes',
  runtime: 'bedrock-agentcore:GetAgentRuntime',
  endpoints: 'bedrock-agentcore:ListAgentRuntimeEndpoints',
  tags: 'bedrock-agentcore:ListTagsForResource',
} as const;

/** What all calls told about a runtime. */
export interface RuntimeDetails {
  readonly arn: string;
  readonly name: string;
  readonly endpoints: Reading<readonly AgentRuntimeEndpoint[]>;
  readonly tags: Reading<Readonly<Record<string, string>>>;
  /** The latest version first, then the others that endpoints serve. */
  readonly versions: readonly Reading<GetAgentRuntimeResponse>[];
}

/** A runtime with the edges of every version that is served. Throws TypeError on a record that makes no sense. */
export function* toRuntime(
  { arn, name, endpoints, tags, versions }: RuntimeDetails,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_agentcore_runtime', arn);
  const [newest] = versions;
  const latest = newest?.known ? newest.value : undefined;
  const environment = latest && identifierVariables(Object.entries(latest.environmentVariables ?? {}));
  const protocol = latest && (latest.protocolConfiguration?.serverProtocol ?? 'HTTP');
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: home.region,
      version: latest && (latest.agentRuntimeVersion ?? null),
      role_arn: latest && (latest.roleArn || null),
      network_mode: latest && (latest.networkConfiguration?.networkMode ?? null),
      protocol,
      mcp_server: protocol && protocol === 'MCP',
      // Without an authorizer of its own it takes AWS signatures.
      authorizer:
        latest &&
        authorizerOf(latest.authorizerConfiguration ? 'CUSTOM_JWT' : 'AWS_IAM', latest.authorizerConfiguration),
      artifact: latest && artifactOf(latest),
      workload_identity_arn: latest && (latest.workloadIdentityDetails?.workloadIdentityArn ?? null),
      environment_names: environment?.names,
      environment_identifiers: environment?.identifiers.map((identifier) => ({ ...identifier })),
      endpoints: endpoints.known ? (endpoints.value ?? []).map(endpointOf) : undefined,
      tags: tags.known ? tagsOfMap(tags.value) : undefined,
    }),
    correlation_keys: [{ kind: 'endpoint_url', value: invocationUrl(arn, home) }],
    api: RUNTIME_APIS.runtimes,
    property_apis: {
      version: RUNTIME_APIS.runtime,
      role_arn: RUNTIME_APIS.runtime,
      network_mode: RUNTIME_APIS.runtime,
      protocol: RUNTIME_APIS.runtime,
      mcp_server: RUNTIME_APIS.runtime,
      authorizer: RUNTIME_APIS.runtime,
      artifact: RUNTIME_APIS.runtime,
      workload_identity_arn: RUNTIME_APIS.runtime,
      environment_names: RUNTIME_APIS.runtime,
      environment_identifiers: RUNTIME_APIS.runtime,
      endpoints: RUNTIME_APIS.endpoints,
      tags: RUNTIME_APIS.tags,
    },
  };
  yield belongsTo(ref, home, RUNTIME_APIS.runtimes);
  const served = versions.flatMap((version) => (version.known && version.value ? [version.value] : []));
  yield* mergedEdges(served.flatMap((version) => [...edgesOfVersion(ref, version, home)]));
}

function* edgesOfVersion(
  ref: EntityRef,
  version: GetAgentRuntimeResponse,
  home: { readonly partition: string },
): Generator<NormalizedEdge, void, undefined> {
  const { roleArn, workloadIdentityDetails, agentRuntimeVersion } = version;
  const stated = {
    api: RUNTIME_APIS.runtime,
    properties: { runtime_versions: [required(agentRuntimeVersion, 'agentRuntimeVersion')] },
  };
  if (roleArn)
    yield statedEdge('RUNS_AS', ref, arnRef('aws_iam_role', roleArn), { field: `roleArn[${roleArn}]`, ...stated });
  const identity = workloadIdentityDetails?.workloadIdentityArn;
  if (identity) {
    const field = `workloadIdentityArn[${identity}]`;
    yield statedEdge('AUTHENTICATES_AS', ref, arnRef('aws_agentcore_workload_identity', identity), {
      field,
      ...stated,
    });
  }
  const bucket = version.agentRuntimeArtifact?.codeConfiguration?.code?.s3?.bucket;
  if (bucket) yield statedEdge('STORED_IN', ref, bucketRef(bucket, home), { field: `code.s3[${bucket}]`, ...stated });
}

const artifactOf = ({ agentRuntimeArtifact }: GetAgentRuntimeResponse): Json => {
  const code = agentRuntimeArtifact?.codeConfiguration;
  return {
    container_uri: agentRuntimeArtifact?.containerConfiguration?.containerUri ?? null,
    code_bucket: code?.code?.s3?.bucket ?? null,
    code_key: code?.code?.s3?.prefix ?? null,
    code_runtime: code?.runtime ?? null,
  };
};

const endpointOf = (endpoint: AgentRuntimeEndpoint): Json => ({
  name: required(endpoint.name, 'name'),
  arn: endpoint.agentRuntimeEndpointArn ?? null,
  live_version: endpoint.liveVersion ?? null,
});

/**
 * Where a runtime is invoked; which endpoint of it is said in the query.
 * https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
 */
const invocationUrl = (arn: string, { region, partition }: { readonly region: string; readonly partition: string }) =>
  `https://bedrock-agentcore.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/runtimes/${encodeURIComponent(arn)}/invocations`;
