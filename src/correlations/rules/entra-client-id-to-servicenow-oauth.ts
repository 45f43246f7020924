import { textOf } from '../../graph/properties.ts';
import { guidOf } from '../../kernel/guid.ts';
import { applicationKey, presentApplicationId } from '../entra-principals.ts';
import { tenantOfSignIn } from '../entra-tenant.ts';
import type { CorrelationRule } from '../rule.ts';

export const entraClientIdToServicenowOauth: CorrelationRule = {
  id: 'entra-client-id-to-servicenow-oauth',
  title: 'OAuth client of ServiceNow is an Entra application',
  explanation: `An entry of ServiceNow's application registry (\`oauth_entity\`) has a \`client_id\` and the URL at which tokens for it are given out. Where that URL is Entra's and names a tenant by its GUID, the client is the application with this id that is registered in this tenant. An application may have many clients, in many instances.

The tenant is part of what must agree: one application id may be in use in many tenants, by somebody else in each. A URL with \`common\`, \`organizations\` or a domain name does not say whose the client is, and joins nothing; neither does a client id that ServiceNow made itself. Each client is known by its instance: a clone of an instance has the same ids, and is a client of its own.`,
  effect: 'SAME_ENTITY',
  confidence: 'exact',
  default_enabled: true,
  left: {
    entity_types: ['servicenow_oauth_client'],
    presents: 'its client id, in the tenant that its token URL names by a GUID',
    present: () => (entity) => {
      const client_id = textOf(entity, 'client_id');
      const token_url = textOf(entity, 'token_url');
      const tenant = token_url ? tenantOfSignIn(token_url) : undefined;
      const app_id = guidOf(client_id);
      if (!client_id || !token_url || !tenant || !app_id) return [];
      const fields = [
        { field: 'properties.client_id', value: client_id },
        { field: 'properties.token_url', value: token_url },
      ];
      return [{ key: applicationKey(tenant, app_id), fields }];
    },
  },
  right: {
    entity_types: ['entra_application'],
    presents: 'its application id, in the tenant where it is registered',
    present: () => presentApplicationId,
  },
};
