import * as z from 'zod';
import type { EntityType } from '../../../observations/entity-types.ts';
import type { EntityRef, NormalizedEdge } from '../../../observations/observation.ts';
import { canonicalGuid } from '../../microsoft/guid.ts';

/** A resource id of Azure. Resource groups and provider names come back in differing case. */
export const ArmId = z.string().regex(/^\/subscriptions\/[^/]+\/.+/i, 'is not a resource id');

/** A resource id as it is compared, and as ids are made of it. */
export const canonicalArmId = (id: string): string => id.toLowerCase().replace(/\/+$/, '');

/** The account and the tenant that records were read in. */
export interface FoundryHome {
  readonly account: string;
  readonly tenant_id: string;
}

/** The source system that an account of Foundry is. */
export const foundrySystem = (account: string): string => `foundry:${account.toLowerCase()}`;

/** A thing of an account, by its resource id, or what stands for one. */
export const foundryRef = (entity_type: EntityType, home: FoundryHome, id: string): EntityRef => ({
  entity_type,
  source_system_id: foundrySystem(home.account),
  source_record_id: canonicalArmId(id),
});

/** What a project or agent is in Entra, as Foundry names it. */
export const identityRef = (home: FoundryHome, tenant_id: string, principal_id: string): EntityRef => ({
  entity_type: 'foundry_identity',
  source_system_id: foundrySystem(home.account),
  source_record_id: `${canonicalGuid(tenant_id)}/${canonicalGuid(principal_id)}`,
});

/** An edge that a field of the record of `from` states. */
export const fieldEdge = (
  edge_type: NormalizedEdge['edge_type'],
  from: EntityRef,
  to: EntityRef,
  field: string,
  api: string,
): NormalizedEdge => ({
  kind: 'edge',
  edge_type,
  from,
  to,
  stated_by: {
    source_system_id: from.source_system_id,
    source_record_id: from.source_record_id,
    source_field_path: `${field}[${to.source_record_id}]`,
  },
  properties: {},
  api,
});
