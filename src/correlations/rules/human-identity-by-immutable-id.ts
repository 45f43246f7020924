import type { GraphEntity } from '../../graph/documents.ts';
import { recordsOf, textOf } from '../../graph/properties.ts';
import { guidOf } from '../../kernel/guid.ts';
import type { CorrelationRule, PresentedField } from '../rule.ts';

const isOfEntra = ({ source_system_id }: GraphEntity): boolean => source_system_id.startsWith('entra:');

/** Where other systems keep the id under which the person was provisioned: Identity Center one per issuer, ServiceNow one. */
function externalIds(entity: GraphEntity): readonly PresentedField[] {
  const federated = textOf(entity, 'external_id');
  const provisioned = recordsOf(entity.properties.external_ids, 'issuer', 'id') ?? [];
  return [
    ...(federated ? [{ field: 'properties.external_id', value: federated }] : []),
    ...provisioned.map(([issuer, id]) => ({ field: `properties.external_ids[${issuer}]`, value: id })),
  ];
}

export const humanIdentityByImmutableId: CorrelationRule = {
  id: 'human-identity-by-immutable-id',
  title: 'Person of another system is a person of Entra',
  explanation: `Entra gives a person an object id that never changes. IAM Identity Center keeps it as the external id under which the person was provisioned, and ServiceNow as the id by which the person is federated. Whoever bears the object id of a person of Entra is that person.

An e-mail address, a user name, a display name alone join nobody: they change, and are given to somebody else. Neither does an employee number or whatever else a directory was set to send: it is no object id. Two records of other systems are joined by way of the person in Entra, and not without.`,
  effect: 'SAME_ENTITY',
  confidence: 'exact',
  default_enabled: true,
  left: {
    entity_types: ['human_identity'],
    presents: 'as a person of another system than Entra, the object id under which it is known there',
    present: () => (entity) =>
      isOfEntra(entity)
        ? []
        : externalIds(entity).flatMap((field) => {
            const key = guidOf(field.value);
            return key ? [{ key, fields: [field] }] : [];
          }),
  },
  right: {
    entity_types: ['human_identity'],
    presents: 'as a person of Entra, its object id',
    present: () => (entity) => {
      const key = isOfEntra(entity) ? guidOf(entity.source_record_id) : undefined;
      return key ? [{ key, fields: [{ field: 'source_record_id', value: entity.source_record_id }] }] : [];
    },
  },
  look_alikes: (entity) =>
    ['email', 'user_principal_name', 'user_name'].flatMap((name) => {
      const value = textOf(entity, name);
      return value ? [{ key: value.toLowerCase(), fields: [{ field: `properties.${name}`, value }] }] : [];
    }),
};
