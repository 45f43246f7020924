import * as z from 'zod';
import type { NormalizedEdge, NormalizedNode } from '../../../observations/observation.ts';
import { known } from '../../properties.ts';
import { columnEdge, type InstanceHome, recordRef, userRef } from './instance-ref.ts';
import { Column, Flag, OldColumn, Reference, SysId, tableApi } from './table-page.ts';

/** What is read of an account. */
export const SysUser = z.object({
  sys_id: SysId,
  user_name: Column,
  name: OldColumn,
  email: OldColumn,
  active: Flag,
  identity_type: OldColumn,
  web_service_access_only: Flag.optional(),
  internal_integration_user: Flag.optional(),
  federated_id: OldColumn,
});
export type SysUser = z.infer<typeof SysUser>;

/** Of releases without identity types, an account that only calls services is a machine's. */
export const isMachine = ({ identity_type, web_service_access_only, internal_integration_user }: SysUser): boolean =>
  identity_type ? /^(machine|ai)$/i.test(identity_type) : Boolean(web_service_access_only || internal_integration_user);

/** An account: a person's is a human identity, known elsewhere by its federated id. */
export function* toUser(user: SysUser, home: InstanceHome): Generator<NormalizedNode, void, undefined> {
  const ref = userRef(home, user.sys_id);
  const machine = ref.entity_type === 'servicenow_user';
  yield {
    kind: 'node',
    ...ref,
    display_name: user.name || user.user_name,
    properties: known({
      user_name: user.user_name,
      active: user.active,
      identity_type: user.identity_type || undefined,
      ...(!machine && { external_id: user.federated_id || null, email: user.email || null }),
    }),
    api: tableApi('sys_user'),
  };
}

/** A role that an account has, by itself or through a group. */
export const UserHasRole = z.object({ sys_id: SysId, user: Reference, role: Reference, state: OldColumn });

/** `MEMBER_OF`, while the assignment is active. */
export function* toRoleOfUser(
  { sys_id, user, role, state }: z.infer<typeof UserHasRole>,
  home: InstanceHome,
): Generator<NormalizedEdge, void, undefined> {
  if (!user || !role || (state && state !== 'active')) return;
  const to = recordRef('servicenow_role', home.host, 'sys_user_role', role);
  yield columnEdge('MEMBER_OF', userRef(home, user), to, { column: 'role', by: `sys_user_has_role/${sys_id}` });
}
