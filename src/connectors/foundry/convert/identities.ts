import * as z from 'zod';
import type { NormalizedNode } from '../../../observations/observation.ts';
import { canonicalGuid, Guid } from '../../microsoft/guid.ts';
import { known } from '../../properties.ts';
import { canonicalArmId, type FoundryHome, identityRef } from './foundry-ref.ts';

/** The identities of a resource: its own, and user-assigned ones by their resource id. */
export const ResourceIdentity = z.object({
  type: z.string().nullish(),
  principalId: Guid.nullish(),
  tenantId: Guid.nullish(),
  userAssignedIdentities: z.record(z.string(), z.object({ principalId: Guid.nullish() })).nullish(),
});
export type ResourceIdentity = z.infer<typeof ResourceIdentity>;

/** A principal that something in Foundry acts as. */
export interface ActingIdentity {
  readonly principal_id: string;
  readonly tenant_id: string;
  /** The resource id of what it was made for: of a user-assigned identity, its own. */
  readonly owner: string;
}

/** The principals that a resource may act as, its own first. */
export function identitiesOf(
  identity: ResourceIdentity | null | undefined,
  owner: string,
  home: FoundryHome,
): readonly ActingIdentity[] {
  const tenant_id = identity?.tenantId ?? home.tenant_id;
  const own = identity?.principalId ? [{ principal_id: identity.principalId, tenant_id, owner }] : [];
  const assigned = Object.entries(identity?.userAssignedIdentities ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, { principalId }]) => (principalId ? [{ principal_id: principalId, tenant_id, owner: id }] : []));
  return [...own, ...assigned];
}

/** The node of such a principal. */
export const toIdentity = (
  { principal_id, tenant_id, owner }: ActingIdentity,
  display_name: string,
  home: FoundryHome,
  api: string,
): NormalizedNode => ({
  kind: 'node',
  ...identityRef(home, tenant_id, principal_id),
  display_name,
  properties: known({
    principal_id,
    tenant_id: canonicalGuid(tenant_id),
    owner_arm_id: canonicalArmId(owner),
  }),
  api,
});
