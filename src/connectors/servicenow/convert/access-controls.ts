import * as z from 'zod';
import type { NormalizedEdge, NormalizedNode, Observation } from '../../../observations/observation.ts';
import { convertEach, readable } from '../../convert-each.ts';
import { known } from '../../properties.ts';
import { columnEdge, dataTableRef, recordRef } from './instance-ref.ts';
import { Column, Flag, OldColumn, Reference, SysId, type TablePage, tableApi, tableOf } from './table-page.ts';

export const Role = z.object({ sys_id: SysId, name: Column });

/** A role. */
export function* toRole({ sys_id, name }: z.infer<typeof Role>, host: string): Generator<NormalizedNode> {
  yield {
    kind: 'node',
    ...recordRef('servicenow_role', host, 'sys_user_role', sys_id),
    display_name: name,
    properties: { name },
    api: tableApi('sys_user_role'),
  };
}

/** A table, and what its owner says that it holds. */
export const DataTable = z.object({ name: Column, label: OldColumn, data_classification: OldColumn });

/** A table. */
export function* toTable(
  { name, label, data_classification }: z.infer<typeof DataTable>,
  host: string,
): Generator<NormalizedNode> {
  yield {
    kind: 'node',
    ...dataTableRef(host, name),
    display_name: label || name,
    properties: known({
      name,
      data_classification: data_classification === undefined ? undefined : data_classification || null,
    }),
    api: tableApi('sys_db_object'),
  };
}

/** An access control: one operation on one table or field. Its script is read for being there, and not kept. */
const Acl = z.object({
  sys_id: SysId,
  name: Column,
  type: Column,
  operation: Column,
  active: Flag,
  condition: OldColumn,
  script: OldColumn,
  decision_type: OldColumn,
});
type Acl = z.infer<typeof Acl>;

const AclRole = z.object({ sys_security_acl: Reference, sys_user_role: Reference });

/** Any other operation gives no access to data. */
const LEVELS: ReadonlyMap<string, 'Read' | 'Write'> = new Map([
  ['read', 'Read'],
  ['create', 'Write'],
  ['write', 'Write'],
  ['delete', 'Write'],
]);

/** Where access controls are, as the Table API returned them. */
export interface AccessControlTables {
  readonly sys_security_acl?: TablePage | undefined;
  readonly sys_security_acl_role?: TablePage | undefined;
}

/**
 * `CAN_ACCESS` from a role to a table, one for each access level: what an access control of the table gives to a role that it
 * asks for. A script or condition makes it conditional, and so does a control that denies: it is recorded, not guessed at.
 * Controls of single fields only narrow this, and those for every table (`*`) speak only where a table has none of its own:
 * neither is read yet. https://www.servicenow.com/docs/bundle/zurich-platform-security/page/administer/contextual-security/concept/access-control-rules.html
 */
export function* toTableAccess(
  { sys_security_acl: acls, sys_security_acl_role: links }: AccessControlTables,
  host: string,
): Generator<Observation, void, undefined> {
  const rights = new Map<string, Right[]>();
  const denied = new Set<string>();
  const roles = Map.groupBy(readable(links?.result ?? [], AclRole), (link) => link.sys_security_acl);
  yield* tableOf('sys_security_acl', acls, (rows) =>
    convertEach(rows, {
      api: tableApi('sys_security_acl'),
      schema: Acl,
      convert: (acl) => {
        const level = LEVELS.get(acl.operation);
        if (!acl.active || acl.type !== 'record' || !level || !/^[a-z]\w*$/i.test(acl.name)) return [];
        if (acl.decision_type && acl.decision_type !== 'allow') {
          denied.add(`${acl.name} ${level}`);
          return [];
        }
        for (const { sys_user_role: role } of roles.get(acl.sys_id) ?? []) {
          if (!role) continue;
          const key = `${role} ${acl.name} ${level}`;
          rights.set(key, [...(rights.get(key) ?? []), { acl, role, level }]);
        }
        return [];
      },
    }),
  );
  yield* tableOf('sys_security_acl_role', links, (rows) =>
    convertEach(rows, { api: tableApi('sys_security_acl_role'), schema: AclRole, convert: () => [] }),
  );
  for (const key of [...rights.keys()].sort()) {
    const [best] = (rights.get(key) ?? []).toSorted(byProof);
    if (best) yield accessEdge(best, denied.has(`${best.acl.name} ${best.level}`), host);
  }
}

interface Right {
  readonly acl: Acl;
  readonly role: string;
  readonly level: 'Read' | 'Write';
}

const isConditional = ({ condition, script }: Acl): boolean => Boolean(condition || script);

/** What holds without a condition proves more; then by id, so that the order of the rows does not matter. */
const byProof = (a: Right, b: Right): number =>
  Number(isConditional(a.acl)) - Number(isConditional(b.acl)) || (a.acl.sys_id < b.acl.sys_id ? -1 : 1);

function accessEdge({ acl, role, level }: Right, is_denied: boolean, host: string): NormalizedEdge {
  const from = recordRef('servicenow_role', host, 'sys_user_role', role);
  return columnEdge('CAN_ACCESS', from, dataTableRef(host, acl.name), {
    column: `${level}[${role}]`,
    by: `sys_security_acl/${acl.sys_id}`,
    properties: {
      access_level: level,
      conditional: isConditional(acl) || is_denied,
      acl: `${acl.name} ${acl.operation} (${acl.sys_id})`,
    },
  });
}
