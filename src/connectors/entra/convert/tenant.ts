import * as z from 'zod';
import type { EntityRef, Observation } from '../../../observations/observation.ts';
import { convertEach, gap, readable } from '../../convert-each.ts';
import { canonicalGuid } from '../../microsoft/guid.ts';
import { APPLICATIONS, Application, toApplication } from './application.ts';
import { entraRef } from './entra-ref.ts';
import { Owner, toOwner } from './owners.ts';
import { SERVICE_PRINCIPALS, ServicePrincipal, toServicePrincipal } from './service-principal.ts';
import { toUser, USERS, User } from './user.ts';

/** A list as Graph returns it, its pages put together. */
const Listing = z.object({
  value: z.array(z.unknown()),
  '@odata.count': z.number().optional(),
  '@odata.nextLink': z.string().optional(),
});
type Listing = z.infer<typeof Listing>;

/** What was read of a tenant, as Graph v1.0 returned it. A list that is absent was not asked for. */
export const EntraRecords = z.object({
  applications: Listing.optional(),
  servicePrincipals: Listing.optional(),
  users: Listing.optional(),
  /** `GET /servicePrincipals/{id}/owners`, by the id of the service principal. */
  servicePrincipalOwners: z.record(z.string(), Listing).optional(),
  /** `GET /applications/{id}/owners`, by the object id of the application. */
  applicationOwners: z.record(z.string(), Listing).optional(),
});
export type EntraRecords = z.infer<typeof EntraRecords>;

/** What a tenant's records say. Pure: the same records give the same observations. */
export function* convertTenant(records: EntraRecords, tenant_id: string): Generator<Observation, void, undefined> {
  const { applications, servicePrincipals, users } = records;
  const byAppId = new Map(
    readable(applications?.value ?? [], Application).map(({ appId, id }) => [canonicalGuid(appId), id]),
  );
  yield* listing(APPLICATIONS, applications, (values) =>
    convertEach(values, {
      api: APPLICATIONS,
      schema: Application,
      convert: (record) => toApplication(record, tenant_id),
    }),
  );
  yield* listing(SERVICE_PRINCIPALS, servicePrincipals, (values) =>
    convertEach(values, {
      api: SERVICE_PRINCIPALS,
      schema: ServicePrincipal,
      convert: (record) => toServicePrincipal(record, tenant_id, byAppId),
    }),
  );
  yield* listing(USERS, users, (values) =>
    convertEach(values, { api: USERS, schema: User, convert: (record) => toUser(record, tenant_id) }),
  );
  for (const [id, owners] of Object.entries(records.applicationOwners ?? {})) {
    yield* ownersOf('/applications', entraRef('entra_application', tenant_id, id), owners, tenant_id);
  }
  for (const [id, owners] of Object.entries(records.servicePrincipalOwners ?? {})) {
    yield* ownersOf('/servicePrincipals', entraRef('entra_service_principal', tenant_id, id), owners, tenant_id);
  }
}

function* ownersOf(
  path: string,
  owned: EntityRef,
  owners: Listing,
  tenant_id: string,
): Generator<Observation, void, undefined> {
  const api = `GET ${path}/${owned.source_record_id}/owners`;
  yield* listing(api, owners, (values) =>
    convertEach(values, { api, schema: Owner, convert: (owner) => toOwner(owner, owned, tenant_id, api) }),
  );
}

/** A list that ends before its end, or holds less than it counts, is one that was seen in part. */
function* listing(
  api: string,
  list: Listing | undefined,
  convert: (values: readonly unknown[]) => Iterable<Observation>,
): Generator<Observation, void, undefined> {
  if (!list) return;
  yield* convert(list.value);
  const { value, '@odata.count': count = value.length, '@odata.nextLink': next } = list;
  if (next !== undefined) yield gap('source_unreachable', api, 'there is a next page, and it was not read');
  else if (value.length < count) {
    yield gap('source_unreachable', api, `the list counts ${count} and holds ${value.length}`);
  }
}
