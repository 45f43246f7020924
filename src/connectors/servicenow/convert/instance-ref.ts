import type { EntityType } from '../../../observations/entity-types.ts';
import type { EntityRef, NormalizedEdge } from '../../../observations/observation.ts';
import { tableApi } from './table-page.ts';

/** The source system that an instance is. Clones of an instance share the ids of its records: the host is part of every key. */
export const instanceSystem = (host: string): string => `servicenow:${host.toLowerCase().replace(/\.$/, '')}`;

/** A record of an instance by its table and `sys_id`: names and client ids are used again for others. */
export const recordRef = (entity_type: EntityType, host: string, table: string, sys_id: string): EntityRef => ({
  entity_type,
  source_system_id: instanceSystem(host),
  source_record_id: `${table}/${sys_id}`,
});

/** The instance that records were read in. */
export interface InstanceHome {
  readonly host: string;
  /** The `sys_id` of each account that is a person's. */
  readonly people: ReadonlySet<string>;
}

/** An account of an instance: a person's, or a machine's. Its id is the same either way. */
export const userRef = ({ host, people }: InstanceHome, sys_id: string): EntityRef =>
  recordRef(people.has(sys_id) ? 'human_identity' : 'servicenow_user', host, 'sys_user', sys_id);

/** A table of an instance, by its name. */
export const dataTableRef = (host: string, name: string): EntityRef =>
  recordRef('servicenow_table', host, 'sys_db_object', name);

/** An edge that a column of a record states: `by` is `<table>/<sys_id>`, without it the record of `from`. */
export const columnEdge = (
  edge_type: NormalizedEdge['edge_type'],
  from: EntityRef,
  to: EntityRef,
  stated: { readonly column: string; readonly by?: string; readonly properties?: NormalizedEdge['properties'] },
): NormalizedEdge => {
  const record = stated.by ?? from.source_record_id;
  return {
    kind: 'edge',
    edge_type,
    from,
    to,
    stated_by: {
      source_system_id: from.source_system_id,
      source_record_id: record,
      source_field_path: `${stated.column}[${to.source_record_id}]`,
    },
    properties: stated.properties ?? {},
    api: tableApi(record.slice(0, record.indexOf('/'))),
  };
};
