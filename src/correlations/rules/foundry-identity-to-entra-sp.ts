import { textOf } from '../../graph/properties.ts';
import { guidOf } from '../../kernel/guid.ts';
import { principalByObjectId } from '../entra-principals.ts';
import type { CorrelationRule } from '../rule.ts';

export const foundryIdentityToEntraSp: CorrelationRule = {
  id: 'foundry-identity-to-entra-sp',
  title: 'Identity of a Foundry project or agent is an Entra service principal',
  explanation: `Azure names the identity of a project or of an agent by \`principalId\` and tenant. That is the object id of a service principal of this tenant: a managed identity, or an agent identity.

The client id is not compared: it is another number, which the same software may bear in many tenants. Neither is a name: who is deleted and made again under its old name has a new object id.`,
  effect: 'SAME_ENTITY',
  confidence: 'exact',
  default_enabled: true,
  left: {
    entity_types: ['foundry_identity'],
    presents: 'its tenant and its principal id',
    present: () => (entity) => {
      const tenant = guidOf(entity.properties.tenant_id);
      const principal = guidOf(entity.properties.principal_id);
      if (!tenant || !principal) return [];
      const fields = [
        { field: 'properties.tenant_id', value: textOf(entity, 'tenant_id') ?? tenant },
        { field: 'properties.principal_id', value: textOf(entity, 'principal_id') ?? principal },
      ];
      return [{ key: `${tenant}/${principal}`, fields }];
    },
  },
  right: principalByObjectId,
};
