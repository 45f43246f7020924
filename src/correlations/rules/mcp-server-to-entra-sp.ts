import type { GraphEdge, GraphEntity } from '../../graph/documents.ts';
import type { Graph } from '../../graph/graph.ts';
import { recordsOf, tagsOf } from '../../graph/properties.ts';
import { guidOf } from '../../kernel/guid.ts';
import { taggedApplication } from '../application-tags.ts';
import { applicationKey, principalByApplicationId } from '../entra-principals.ts';
import type { CorrelationRule, Presented, PresentedField } from '../rule.ts';

/** By this tag an owner says that something is an MCP server. */
const MCP_TAG = 'mcp-server';

export const mcpServerToEntraSp: CorrelationRule = {
  id: 'mcp-server-to-entra-sp',
  title: 'MCP server signs in to Entra as the application that it names',
  explanation: `A workload that is marked as an MCP server, and whose environment names an application of Entra, serves its callers with what that application may do. It is marked where a target of an AgentCore gateway invokes it as an MCP server, where it is a runtime that speaks MCP, or by the tag \`mcp-server\`. The application is that of the variable \`AZURE_CLIENT_ID\`, in the tenant of \`AZURE_TENANT_ID\` where that is there too, or that of the tags \`entra-app-id\` and \`entra-tenant-id\`.

Off unless a tenant switches it on: that a workload names an application does not show that it holds a credential of it. Without a tenant it matches only if one tenant alone has a service principal of this application. A workload that is not marked is not joined, whatever its environment names.`,
  effect: 'BRIDGES_TO',
  confidence: 'indicative',
  default_enabled: false,
  left: {
    entity_types: ['aws_lambda_function', 'aws_agentcore_runtime', 'aws_ecs_task_definition'],
    presents: 'as an MCP server, the application id of `AZURE_CLIENT_ID` or of the tag `entra-app-id`',
    present: (graph) => (entity) => {
      const applications = [...environmentApplications(entity), ...tagApplications(entity)];
      const mark = applications.length > 0 ? markOf(graph, entity) : undefined;
      return mark ? applications.map(({ key, fields }) => ({ key, fields: [...fields, mark] })) : [];
    },
  },
  right: principalByApplicationId,
};

/** What says that an entity is an MCP server. */
function markOf(graph: Graph, entity: GraphEntity): PresentedField | undefined {
  const target = graph.edgesTo(entity._id, 'INVOKES').find(isMcpTarget);
  if (target) return { field: 'INVOKES.mcp_server', value: 'true', of: target.from };
  if (entity.properties.mcp_server === true) return { field: 'properties.mcp_server', value: 'true' };
  const tag = tagsOf(entity)?.[MCP_TAG];
  return tag === undefined || tag.toLowerCase() === 'false' ? undefined : { field: `tags[${MCP_TAG}]`, value: tag };
}

const isMcpTarget = ({ from, properties }: GraphEdge): boolean =>
  from.entity_type === 'aws_agentcore_gateway_target' && properties.mcp_server === true;

function tagApplications(entity: GraphEntity): readonly Presented[] {
  const tagged = taggedApplication(entity);
  return tagged ? [tagged] : [];
}

/** Containers of one task may name several: each is presented, so that they are ambiguous rather than one of them chosen. */
function environmentApplications(entity: GraphEntity): readonly Presented[] {
  const identifiers = recordsOf(entity.properties.environment_identifiers, 'key', 'value') ?? [];
  const named = (name: string): readonly PresentedField[] =>
    identifiers.flatMap(([key, value]) => (key === name ? [{ field: `environment_identifiers[${key}]`, value }] : []));
  const tenants = named('AZURE_TENANT_ID');
  return named('AZURE_CLIENT_ID').flatMap((client) => {
    const app_id = guidOf(client.value);
    if (app_id === undefined) return [];
    if (tenants.length === 0) return [{ key: applicationKey(undefined, app_id), fields: [client] }];
    return tenants.flatMap((tenant) => {
      const id = guidOf(tenant.value);
      return id === undefined ? [] : [{ key: applicationKey(id, app_id), fields: [client, tenant] }];
    });
  });
}
