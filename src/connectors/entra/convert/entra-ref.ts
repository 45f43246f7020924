import type { EntityType } from '../../../observations/entity-types.ts';
import type { EntityRef } from '../../../observations/observation.ts';
import { canonicalGuid } from '../../microsoft/guid.ts';

/** The source system that a tenant of Entra is. */
export const entraSystem = (tenant_id: string): string => `entra:${canonicalGuid(tenant_id)}`;

/** An object of a directory, by its object id: neither its app id nor any of its names is its key. */
export const entraRef = (entity_type: EntityType, tenant_id: string, object_id: string): EntityRef => ({
  entity_type,
  source_system_id: entraSystem(tenant_id),
  source_record_id: canonicalGuid(object_id),
});
