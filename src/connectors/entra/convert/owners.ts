import * as z from 'zod';
import type { EntityType } from '../../../observations/entity-types.ts';
import type { EntityRef, Gap, NormalizedEdge } from '../../../observations/observation.ts';
import { gap } from '../../convert-each.ts';
import { canonicalGuid, Guid } from '../../microsoft/guid.ts';
import { entraRef } from './entra-ref.ts';

/** An owner as a relation returns it: of a type that we may not read, only type and id. https://learn.microsoft.com/graph/api/serviceprincipal-list-owners */
export const Owner = z.looseObject({ '@odata.type': z.string(), id: Guid });
export type Owner = z.infer<typeof Owner>;

const TYPES: ReadonlyMap<string, EntityType> = new Map([
  ['#microsoft.graph.user', 'human_identity'],
  ['#microsoft.graph.servicePrincipal', 'entra_service_principal'],
]);

/** `OWNED_BY`. Whoever owns an application may add credentials to it. A member of which only the id came was seen in part: a gap. */
export function* toOwner(
  owner: Owner,
  owned: EntityRef,
  tenant_id: string,
  api: string,
): Generator<NormalizedEdge | Gap, void, undefined> {
  const { '@odata.type': type, id, ...fields } = owner;
  const entity_type = TYPES.get(type);
  if (!entity_type) {
    yield gap('unreadable_item', api, `an owner is a ${type}, which is not known`, id);
    return;
  }
  yield {
    kind: 'edge',
    edge_type: 'OWNED_BY',
    from: owned,
    to: entraRef(entity_type, tenant_id, id),
    stated_by: {
      source_system_id: owned.source_system_id,
      source_record_id: owned.source_record_id,
      source_field_path: `owners[${canonicalGuid(id)}]`,
    },
    properties: {},
    api,
  };
  if (Object.values(fields).every((value) => value === null || value === undefined)) {
    yield gap('access_denied', api, `of an owner only type and id came: objects of type ${type} may not be read`, id);
  }
}
