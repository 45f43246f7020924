import {
  type AgentRuntime,
  type AgentRuntimeEndpoint,
  BedrockAgentCoreControlClient,
  GetAgentRuntimeCommand,
  type GetAgentRuntimeResponse,
  ListAgentRuntimeEndpointsCommand,
  ListAgentRuntimesCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-bedrock-agentcore-control';
import type { Gap, Observation } from '../../../observations/observation.ts';
import { lookAtEach, readAll } from '../look-at-each.ts';
import { required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { RUNTIME_APIS, toRuntime } from './runtime.ts';

/** The AgentCore runtimes of a region: the latest version and those that endpoints serve. Values of their environment are not kept. */
export const runtimes: AwsCollector = {
  id: 'bedrock-agentcore.runtimes',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_agentcore_runtime'],
  edge_types: ['RUNS_AS', 'AUTHENTICATES_AS', 'STORED_IN', 'BELONGS_TO'],
  actions: Object.values(RUNTIME_APIS),
  collect: (session, cursor) =>
    lookAtEach({
      action: RUNTIME_APIS.runtimes,
      cursor,
      fetch: (nextToken) =>
        session.client(BedrockAgentCoreControlClient).send(new ListAgentRuntimesCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ agentRuntimes }) => agentRuntimes,
      name: ({ agentRuntimeArn, agentRuntimeId }) => agentRuntimeArn ?? agentRuntimeId,
      look: (summary) => lookAtRuntime(session, summary),
    }),
};

async function* lookAtRuntime(
  session: AwsSession,
  summary: AgentRuntime,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(BedrockAgentCoreControlClient);
  const listed_arn = required(summary.agentRuntimeArn, 'agentRuntimeArn');
  const agentRuntimeId = required(summary.agentRuntimeId, 'agentRuntimeId');
  // The listing may name a version behind the ARN; what IAM and callers name has none.
  const arn = listed_arn.replace(/(:runtime\/[^/:]+)[/:].*$/, '$1');
  const latest = yield* versionOf(session, { agentRuntimeId, arn });
  const endpoints = yield* readAll(
    { action: RUNTIME_APIS.endpoints, item: arn },
    (nextToken) => client.send(new ListAgentRuntimeEndpointsCommand({ agentRuntimeId, nextToken })),
    ({ runtimeEndpoints }) => runtimeEndpoints,
  );
  const tags = yield* readItem({ action: RUNTIME_APIS.tags, item: arn }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags, 'tags'),
  );
  const versions = [latest];
  for (const agentRuntimeVersion of servedBesides(latest, (endpoints.known && endpoints.value) || [])) {
    versions.push(yield* versionOf(session, { agentRuntimeId, arn, agentRuntimeVersion }));
  }
  yield* toRuntime(
    { arn, name: required(summary.agentRuntimeName, 'agentRuntimeName'), endpoints, tags, versions },
    session,
  );
}

/** One version of a runtime, by default the latest. */
async function* versionOf(
  session: AwsSession,
  of: { readonly agentRuntimeId: string; readonly arn: string; readonly agentRuntimeVersion?: string },
): AsyncGenerator<Gap, Reading<GetAgentRuntimeResponse>, undefined> {
  const { arn, ...which } = of;
  const item = which.agentRuntimeVersion === undefined ? arn : `${arn}/version/${which.agentRuntimeVersion}`;
  return yield* readItem({ action: RUNTIME_APIS.runtime, item }, async () => {
    const runtime = await session.client(BedrockAgentCoreControlClient).send(new GetAgentRuntimeCommand(which));
    answered(runtime.agentRuntimeVersion, 'agentRuntimeVersion');
    return runtime;
  });
}

/** The versions that endpoints serve, but for the one that is known already. */
function servedBesides(
  latest: Reading<GetAgentRuntimeResponse>,
  endpoints: readonly AgentRuntimeEndpoint[],
): readonly string[] {
  const versions = new Set(endpoints.flatMap(({ liveVersion }) => liveVersion ?? []));
  if (latest.known && latest.value?.agentRuntimeVersion) versions.delete(latest.value.agentRuntimeVersion);
  return [...versions].sort();
}
