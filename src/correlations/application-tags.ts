import type { GraphEntity } from '../graph/documents.ts';
import { tagsOf } from '../graph/properties.ts';
import { guidOf } from '../kernel/guid.ts';
import { applicationKey } from './entra-principals.ts';
import type { Presented, PresentedField } from './rule.ts';

/** Tags by which an owner says which application of Entra something belongs to: its id, and the tenant. */
export const APPLICATION_TAG = 'entra-app-id';
const TENANT_TAG = 'entra-tenant-id';

const tagField = (key: string, value: string): PresentedField => ({ field: `tags[${key}]`, value });

/** The application that an entity's tags name. Nothing where one of the tags is there and is no GUID: half a name is none. */
export function taggedApplication(entity: GraphEntity): Presented | undefined {
  const tags = tagsOf(entity);
  const app_id = tags?.[APPLICATION_TAG];
  const tenant_id = tags?.[TENANT_TAG];
  const app = guidOf(app_id);
  const tenant = guidOf(tenant_id);
  if (app_id === undefined || app === undefined) return undefined;
  if (tenant_id === undefined)
    return { key: applicationKey(undefined, app), fields: [tagField(APPLICATION_TAG, app_id)] };
  if (tenant === undefined) return undefined;
  return {
    key: applicationKey(tenant, app),
    fields: [tagField(APPLICATION_TAG, app_id), tagField(TENANT_TAG, tenant_id)],
  };
}
