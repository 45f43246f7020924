import { textOf } from '../../graph/properties.ts';
import type { CorrelationRule } from '../rule.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes */
const ROLE_OR_USER = /^(?:AROA|AIDA)[A-Z0-9]+$/i;

export const awsUniqueIdToPrincipal: CorrelationRule = {
  id: 'aws-unique-id-to-principal',
  title: 'Unique id that a policy names is the role or user that bears it',
  explanation: `Every role and user of AWS has an id that no other one ever had (\`AROA...\`, \`AIDA...\`). Policies may name a principal by it. This rule says who that is, of every id that a trust policy names as a principal. Ids in conditions and in the policies of resources need no joining: they are compared where the policy is evaluated.

IAM leaves such an id in a policy when the principal that it named was deleted. A role made again under the same name has another id, is not let in, and is not joined: the name is not compared. The id is compared as it is written.`,
  effect: 'SAME_ENTITY',
  confidence: 'exact',
  default_enabled: true,
  left: {
    entity_types: ['external_aws_principal'],
    presents: 'the unique id of a role or user',
    present:
      () =>
      ({ source_record_id }) =>
        ROLE_OR_USER.test(source_record_id)
          ? [{ key: source_record_id, fields: [{ field: 'source_record_id', value: source_record_id }] }]
          : [],
  },
  right: {
    entity_types: ['aws_iam_role', 'aws_iam_user'],
    presents: 'its unique id',
    present: () => (entity) => {
      const key = textOf(entity, 'unique_id');
      return key ? [{ key, fields: [{ field: 'properties.unique_id', value: key }] }] : [];
    },
  },
};
