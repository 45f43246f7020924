import * as z from 'zod';
import type { EntityRef, NormalizedEdge, NormalizedNode } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { Guid } from '../../microsoft/guid.ts';
import { known } from '../../properties.ts';
import { connectionId } from './connection.ts';
import { deploymentId } from './deployment.ts';
import { type FoundryHome, fieldEdge, foundryRef, identityRef } from './foundry-ref.ts';
import { type ActingIdentity, toIdentity } from './identities.ts';

export const AGENTS = 'GET {project}/agents';

const Tool = z.looseObject({
  type: z.string(),
  server_label: z.string().optional(),
  server_url: z.string().optional(),
  project_connection_id: z.string().optional(),
  openapi: z
    .object({
      name: z.string(),
      spec: z.object({ servers: z.array(z.object({ url: z.string() })).default([]) }),
      auth: z.object({
        type: z.string(),
        security_scheme: z.object({ project_connection_id: z.string().optional() }).optional(),
      }),
    })
    .optional(),
});
type Tool = z.infer<typeof Tool>;

/** What is read of an agent: not its instructions. */
export const Agent = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  versions: z.object({
    latest: z.object({
      version: z.string(),
      definition: z.object({ kind: z.string().nullish(), model: z.string().nullish(), tools: z.array(Tool).nullish() }),
    }),
  }),
  instance_identity: z.object({ principal_id: Guid }).nullish(),
});
export type Agent = z.infer<typeof Agent>;

/** Where an agent is. */
export interface AgentPlace {
  readonly home: FoundryHome;
  /** Resource ids. */
  readonly account: string;
  readonly project: string;
  /** What an agent without an identity of its own acts as. */
  readonly project_identity: ActingIdentity | undefined;
  /** Names of connections that the project has itself; any other name is one of the account. */
  readonly project_connections: ReadonlySet<string>;
}

/**
 * An agent: whom it acts as (`RUNS_AS`: its own identity, else the project's), the model and the connections that it calls. A
 * tool without a connection of the project that names an address is a connection itself.
 */
export function* toAgent(agent: Agent, place: AgentPlace): Generator<NormalizedNode | NormalizedEdge, void, undefined> {
  const { home, project } = place;
  const { definition, version } = agent.versions.latest;
  const id = `${project}/agents/${agent.id}`;
  const ref = foundryRef('foundry_agent', home, id);
  const name = agent.name ?? agent.id;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      model: definition.model ?? null,
      agent_kind: definition.kind ?? undefined,
      version,
      own_identity: Boolean(agent.instance_identity),
    }),
    api: AGENTS,
  };
  yield fieldEdge('BELONGS_TO', ref, foundryRef('foundry_project', home, project), 'project', AGENTS);
  yield* runsAs(agent, ref, id, name, place);
  if (definition.model) {
    const model = foundryRef('foundry_model_deployment', home, deploymentId(place.account, definition.model));
    yield fieldEdge('INVOKES', ref, model, 'definition.model', AGENTS);
  }
  for (const tool of definition.tools ?? []) yield* toTool(tool, ref, id, place);
}

function* runsAs(
  { instance_identity: own }: Agent,
  agent: EntityRef,
  id: string,
  name: string,
  { home, project_identity: shared }: AgentPlace,
): Generator<NormalizedNode | NormalizedEdge, void, undefined> {
  if (own) {
    const identity = { principal_id: own.principal_id, tenant_id: shared?.tenant_id ?? home.tenant_id, owner: id };
    yield toIdentity(identity, name, home, AGENTS);
    const to = identityRef(home, identity.tenant_id, identity.principal_id);
    yield fieldEdge('RUNS_AS', agent, to, 'instance_identity.principal_id', AGENTS);
  } else if (shared) {
    const to = identityRef(home, shared.tenant_id, shared.principal_id);
    yield fieldEdge('RUNS_AS', agent, to, 'project.identity.principalId', AGENTS);
  }
}

function* toTool(
  tool: Tool,
  agent: EntityRef,
  id: string,
  place: AgentPlace,
): Generator<NormalizedNode | NormalizedEdge, void, undefined> {
  const { home } = place;
  const named = tool.project_connection_id ?? tool.openapi?.auth.security_scheme?.project_connection_id;
  const urls = tool.openapi?.spec.servers.map(({ url }) => url) ?? (tool.server_url ? [tool.server_url] : []);
  // Where a connection and a server's URL differ, the connection's address is the one that is called.
  if (named && (tool.type === 'mcp' || urls.length === 0)) {
    yield fieldEdge('INVOKES', agent, connectionNamed(named, place), `tools[${tool.type}]`, AGENTS);
    return;
  }
  const endpoints = urls.map(canonicalEndpoint).filter((url): url is string => url !== undefined);
  if (urls.length === 0) return;
  const name = tool.openapi?.name ?? tool.server_label ?? tool.type;
  const ref = foundryRef('foundry_connection', home, `${id}/tools/${tool.type}:${name}`);
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({ target: endpoints[0] ?? null, auth_type: tool.openapi?.auth.type, category: tool.type }),
    correlation_keys: endpoints.toSorted().map((value) => ({ kind: 'endpoint_url', value })),
    api: AGENTS,
  };
  yield fieldEdge('INVOKES', agent, ref, `tools[${tool.type}]`, AGENTS);
}

/** A tool names a connection by its name, or by the whole id. */
function connectionNamed(named: string, { home, account, project, project_connections }: AgentPlace): EntityRef {
  const name = named.split('/').at(-1) ?? named;
  const parent = project_connections.has(name) ? project : account;
  return foundryRef('foundry_connection', home, connectionId(parent, name));
}
