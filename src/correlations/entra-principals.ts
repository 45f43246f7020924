import type { GraphEntity } from '../graph/documents.ts';
import { textOf } from '../graph/properties.ts';
import { guidOf } from '../kernel/guid.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { Presented, RuleSide } from './rule.ts';

/** What acts in an Entra tenant under an object id of its own: service principals of every kind. */
export const ENTRA_PRINCIPALS = [
  'entra_service_principal',
  'entra_managed_identity',
  'entra_agent_identity',
] as const satisfies readonly EntityType[];

/** Stands for the tenant where the other side does not know it. */
export const ANY_TENANT = 'any tenant';

/** The tenant of something in Entra, in lower case: as it says, or as its source system does. */
export const entraTenant = (entity: GraphEntity): string | undefined =>
  guidOf(entity.properties.tenant_id) ?? guidOf(entity.source_system_id.replace(/^entra:/, ''));

/** Where the tenant of something in Entra is written. */
const tenantField = (entity: GraphEntity, tenant: string) =>
  guidOf(entity.properties.tenant_id) === undefined
    ? { field: 'source_system_id', value: entity.source_system_id }
    : { field: 'properties.tenant_id', value: textOf(entity, 'tenant_id') ?? tenant };

/** A service principal, known by tenant and object id: what the `oid` of its tokens says, and the `sub` of those without a user. */
export const principalByObjectId: RuleSide = {
  entity_types: ENTRA_PRINCIPALS,
  presents: 'its tenant and its object id',
  present: () => (entity) => {
    const tenant = entraTenant(entity);
    const object_id = guidOf(entity.source_record_id);
    if (!tenant || !object_id) return [];
    const id = { field: 'source_record_id', value: entity.source_record_id };
    return [{ key: `${tenant}/${object_id}`, fields: [tenantField(entity, tenant), id] }];
  },
};

/**
 * Something in Entra, known by tenant and application id. The same application id in another tenant is the same software, and
 * somebody else.
 */
export function presentApplicationId(entity: GraphEntity): readonly Presented[] {
  const tenant = entraTenant(entity);
  const app_id = guidOf(entity.properties.app_id);
  if (!tenant || !app_id) return [];
  const id = { field: 'properties.app_id', value: textOf(entity, 'app_id') ?? app_id };
  return [{ key: `${tenant}/${app_id}`, fields: [tenantField(entity, tenant), id] }];
}

/** A service principal, known by application id in its tenant, and also to those who do not know the tenant. */
export const principalByApplicationId: RuleSide = {
  entity_types: ENTRA_PRINCIPALS,
  presents: 'its application id, in its tenant and in any',
  present: () => (entity) =>
    presentApplicationId(entity).flatMap((presented) => {
      const app_id = presented.key.slice(presented.key.indexOf('/') + 1);
      return [presented, { key: `${ANY_TENANT}/${app_id}`, fields: presented.fields }];
    }),
};

/** What somebody else says of an application id: the tenant too, if it knows it. */
export const applicationKey = (tenant: string | undefined, app_id: string): string =>
  `${tenant ?? ANY_TENANT}/${app_id}`;
