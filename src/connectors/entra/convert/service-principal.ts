import * as z from 'zod';
import type { EntityType } from '../../../observations/entity-types.ts';
import type { NormalizedEdge, NormalizedNode } from '../../../observations/observation.ts';
import { canonicalGuid, Guid } from '../../microsoft/guid.ts';
import { known } from '../../properties.ts';
import { Credentials, credentialsOf } from './credentials.ts';
import { entraRef } from './entra-ref.ts';

export const SERVICE_PRINCIPALS = 'GET /servicePrincipals';

/** What is read of a service principal. https://learn.microsoft.com/graph/api/resources/serviceprincipal */
export const ServicePrincipal = z.object({
  id: Guid,
  appId: Guid,
  displayName: z.string().nullish(),
  // An open set: a kind that is new is a service principal all the same.
  servicePrincipalType: z.string().nullish(),
  appOwnerOrganizationId: Guid.nullish(),
  accountEnabled: z.boolean().nullish(),
  disabledByMicrosoftStatus: z.string().nullish(),
  appRoleAssignmentRequired: z.boolean().nullish(),
  servicePrincipalNames: z.array(z.string()).nullish(),
  alternativeNames: z.array(z.string()).nullish(),
  tags: z.array(z.string()).nullish(),
  agentIdentityBlueprintId: Guid.nullish(),
  ...Credentials,
});
export type ServicePrincipal = z.infer<typeof ServicePrincipal>;

/**
 * A principal of a tenant. Its tokens bear the client id of its application: `AUTHENTICATES_AS`, where that is registered in
 * the same tenant. Managed identities have none, and an application of another tenant is the same software, not ours.
 * `applications` gives the object id of an application by its client id.
 */
export function* toServicePrincipal(
  principal: ServicePrincipal,
  tenant_id: string,
  applications: ReadonlyMap<string, string>,
): Generator<NormalizedNode | NormalizedEdge, void, undefined> {
  const ref = entraRef(typeOf(principal), tenant_id, principal.id);
  yield {
    kind: 'node',
    ...ref,
    display_name: principal.displayName ?? principal.id,
    properties: known({
      object_id: principal.id,
      app_id: principal.appId,
      tenant_id: canonicalGuid(tenant_id),
      app_owner_tenant_id: principal.appOwnerOrganizationId ?? null,
      service_principal_type: principal.servicePrincipalType ?? undefined,
      account_enabled: principal.accountEnabled ?? undefined,
      disabled_by_microsoft: principal.disabledByMicrosoftStatus ?? undefined,
      app_role_assignment_required: principal.appRoleAssignmentRequired ?? undefined,
      service_principal_names: principal.servicePrincipalNames?.toSorted(),
      alternative_names: principal.alternativeNames?.toSorted(),
      tags: principal.tags?.toSorted(),
      agent_identity_blueprint_id: principal.agentIdentityBlueprintId ?? undefined,
      credentials: credentialsOf(principal),
    }),
    api: SERVICE_PRINCIPALS,
  };
  const owner = principal.appOwnerOrganizationId;
  if (!owner || canonicalGuid(owner) !== canonicalGuid(tenant_id)) return;
  const application = applications.get(canonicalGuid(principal.appId));
  if (application === undefined) return;
  yield {
    kind: 'edge',
    edge_type: 'AUTHENTICATES_AS',
    from: ref,
    to: entraRef('entra_application', tenant_id, application),
    stated_by: { ...stated(ref), source_field_path: `appId[${canonicalGuid(principal.appId)}]` },
    properties: {},
    api: SERVICE_PRINCIPALS,
  };
}

const stated = ({ source_system_id, source_record_id }: { source_system_id: string; source_record_id: string }) => ({
  source_system_id,
  source_record_id,
});

const TYPES: ReadonlyMap<string | null | undefined, EntityType> = new Map([
  ['ManagedIdentity', 'entra_managed_identity'],
  ['ServiceIdentity', 'entra_agent_identity'],
]);

const typeOf = ({ servicePrincipalType }: ServicePrincipal): EntityType =>
  TYPES.get(servicePrincipalType) ?? 'entra_service_principal';
