import * as z from 'zod';
import type { Observation } from '../../../observations/observation.ts';
import { convertEach, readable } from '../../convert-each.ts';
import { DataTable, Role, toRole, toTable, toTableAccess } from './access-controls.ts';
import { AiAgent, Flow, ScheduledScript, toAiAgent, toFlow, toScheduledScript } from './automation.ts';
import type { InstanceHome } from './instance-ref.ts';
import { OauthEntity, toOauthClient } from './oauth-clients.ts';
import {
  OauthProfile,
  OutboundCount,
  RestMessage,
  type RestMessageContext,
  RestMessageMethod,
  toRestMessage,
} from './rest-messages.ts';
import { TablePage, tableApi, tableOf } from './table-page.ts';
import { isMachine, SysUser, toRoleOfUser, toUser, UserHasRole } from './users.ts';

const table = TablePage.optional();

/** What was read of an instance, table by table. A table that is absent was not asked for. */
export const ServiceNowRecords = z.object({
  sys_user: table,
  sys_user_role: table,
  sys_user_has_role: table,
  sys_db_object: table,
  sys_security_acl: table,
  sys_security_acl_role: table,
  oauth_entity: table,
  oauth_entity_profile: table,
  sys_rest_message: table,
  sys_rest_message_fn: table,
  sysauto_script: table,
  sys_hub_flow: table,
  sn_aia_agent: table,
  /** `GET /api/now/stats/sys_outbound_http_log` over the 30 days before `period_end`, grouped by hostname and path. */
  sys_outbound_http_log: z.object({ result: z.array(OutboundCount), period_end: z.iso.datetime() }).optional(),
});
export type ServiceNowRecords = z.infer<typeof ServiceNowRecords>;

/** Tables whose rows are converted by themselves. */
type RowTable = Exclude<keyof ServiceNowRecords, 'sys_outbound_http_log'>;

/** What an instance's records say. Pure: the same records give the same observations. */
export function* convertInstance(records: ServiceNowRecords, host: string): Generator<Observation, void, undefined> {
  const rows = <Schema extends z.ZodType>(
    name: RowTable,
    schema: Schema,
    convert: (row: z.output<Schema>) => Iterable<Observation>,
  ): Iterable<Observation> =>
    tableOf(name, records[name], (result) => convertEach(result, { api: tableApi(name), schema, convert }));

  const people = readable(records.sys_user?.result ?? [], SysUser).filter((user) => !isMachine(user));
  const home: InstanceHome = { host, people: new Set(people.map(({ sys_id }) => sys_id)) };
  const messages = messageContext(records, host);
  yield* rows('sys_user', SysUser, (row) => toUser(row, home));
  yield* rows('sys_user_role', Role, (row) => toRole(row, host));
  yield* rows('sys_user_has_role', UserHasRole, (row) => toRoleOfUser(row, home));
  yield* rows('sys_db_object', DataTable, (row) => toTable(row, host));
  yield* toTableAccess(records, host);
  yield* rows('oauth_entity', OauthEntity, (row) => toOauthClient(row, home));
  yield* rows('oauth_entity_profile', OauthProfile, () => []);
  yield* rows('sys_rest_message', RestMessage, (row) => toRestMessage(row, messages));
  yield* rows('sys_rest_message_fn', RestMessageMethod, () => []);
  yield* rows('sysauto_script', ScheduledScript, (row) => toScheduledScript(row, home, messageIds(records)));
  yield* rows('sys_hub_flow', Flow, (row) => toFlow(row, home));
  yield* rows('sn_aia_agent', AiAgent, (row) => toAiAgent(row, host));
}

function messageContext(records: ServiceNowRecords, host: string): RestMessageContext {
  const { sys_rest_message_fn, oauth_entity_profile, sys_outbound_http_log: log } = records;
  const profiles = readable(oauth_entity_profile?.result ?? [], OauthProfile);
  return {
    host,
    methods: readable(sys_rest_message_fn?.result ?? [], RestMessageMethod),
    providers: new Map(
      profiles.flatMap(({ sys_id, oauth_entity }) => (oauth_entity ? [[sys_id, oauth_entity] as const] : [])),
    ),
    outbound: log && { counts: log.result, period_end: log.period_end },
  };
}

/** Ids of REST messages by name, which several may share. */
function messageIds({ sys_rest_message }: ServiceNowRecords): ReadonlyMap<string, readonly string[]> {
  const messages = readable(sys_rest_message?.result ?? [], RestMessage);
  const byName = Map.groupBy(messages, ({ name }) => name);
  return new Map([...byName].map(([name, same]) => [name, same.map(({ sys_id }) => sys_id)]));
}
