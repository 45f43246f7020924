import * as z from 'zod';
import type { Observation } from '../../../observations/observation.ts';
import { convertEach, gap, readable } from '../../convert-each.ts';
import { AGENTS, Agent, type AgentPlace, toAgent } from './agent.ts';
import { CONNECTIONS, Connection, toConnection } from './connection.ts';
import { DEPLOYMENTS, Deployment, toDeployment } from './deployment.ts';
import { ArmId, canonicalArmId, type FoundryHome } from './foundry-ref.ts';
import { identitiesOf } from './identities.ts';
import { PROJECTS, Project, projectName, toProject } from './project.ts';

/** A list as Resource Manager returns it, its pages put together. */
const ArmList = z.object({ value: z.array(z.unknown()), nextLink: z.string().nullish() });
type ArmList = z.infer<typeof ArmList>;

/** A list of the data plane. */
const DataList = z.object({ data: z.array(z.unknown()), has_more: z.boolean().default(false) });
type DataList = z.infer<typeof DataList>;

/** What was read of an account. A list that is absent was not asked for. */
export const FoundryRecords = z.object({
  account: z.object({
    id: ArmId,
    name: z.string().min(1),
    properties: z.object({
      endpoint: z.string().nullish(),
      endpoints: z.record(z.string(), z.string()).nullish(),
    }),
  }),
  projects: ArmList.optional(),
  deployments: ArmList.optional(),
  connections: ArmList.optional(),
  /** By name of the project. */
  project_connections: z.record(z.string(), ArmList).optional(),
  agents: z.record(z.string(), DataList).optional(),
});
export type FoundryRecords = z.infer<typeof FoundryRecords>;

/** What an account's records say. Pure: the same records give the same observations. */
export function* convertAccount(records: FoundryRecords, tenant_id: string): Generator<Observation, void, undefined> {
  const { account } = records;
  const home = { account: account.name, tenant_id };
  const { endpoint, endpoints } = account.properties;
  const addresses = [...(endpoint ? [endpoint] : []), ...Object.values(endpoints ?? {})];
  yield* armList(PROJECTS, records.projects, (values) =>
    convertEach(values, { api: PROJECTS, schema: Project, convert: (record) => toProject(record, home) }),
  );
  yield* armList(DEPLOYMENTS, records.deployments, (values) =>
    convertEach(values, {
      api: DEPLOYMENTS,
      schema: Deployment,
      convert: (record) => toDeployment(record, account.id, addresses, home),
    }),
  );
  yield* connectionsOf(account.id, records.connections, home);
  for (const project of readable(records.projects?.value ?? [], Project)) yield* projectOf(project, records, home);
}

function* projectOf(
  project: Project,
  records: FoundryRecords,
  home: FoundryHome,
): Generator<Observation, void, undefined> {
  const name = projectName(project);
  const connections = ofProject(records.project_connections, name);
  yield* connectionsOf(project.id, connections, home);
  const place: AgentPlace = {
    home,
    account: records.account.id,
    project: project.id,
    project_identity: identitiesOf(project.identity, canonicalArmId(project.id), home)[0],
    project_connections: new Set(readable(connections?.value ?? [], Connection).map((one) => one.name)),
  };
  yield* agentsOf(ofProject(records.agents, name), place);
}

/** A name of a project may be one that every object has. */
const ofProject = <List>(lists: Readonly<Record<string, List>> | undefined, name: string): List | undefined =>
  lists && Object.hasOwn(lists, name) ? lists[name] : undefined;

const connectionsOf = (parent: string, list: ArmList | undefined, home: FoundryHome): Iterable<Observation> =>
  armList(CONNECTIONS, list, (values) =>
    convertEach(values, {
      api: CONNECTIONS,
      schema: Connection,
      convert: (record) => toConnection(record, parent, home),
    }),
  );

function* agentsOf(list: DataList | undefined, place: AgentPlace): Generator<Observation, void, undefined> {
  if (!list) return;
  yield* convertEach(list.data, { api: AGENTS, schema: Agent, convert: (record) => toAgent(record, place) });
  if (list.has_more) yield gap('source_unreachable', AGENTS, 'there is a next page, and it was not read');
}

function* armList(
  api: string,
  list: ArmList | undefined,
  convert: (values: readonly unknown[]) => Iterable<Observation>,
): Generator<Observation, void, undefined> {
  if (!list) return;
  yield* convert(list.value);
  if (list.nextLink) yield gap('source_unreachable', api, 'there is a next page, and it was not read');
}
