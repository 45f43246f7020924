import type { Correlation } from '../../src/correlations/correlation.ts';
import type { CanonicalIdentity } from '../../src/correlations/identity.ts';
import type { CorrelationEffect } from '../../src/correlations/rule.ts';
import { type GraphEntity, nameOf } from '../../src/graph/documents.ts';
import { derivedId } from '../../src/kernel/ids.ts';
import type { Joined } from '../../src/paths/joined.ts';
import { TENANT } from '../graph/estate.ts';

const correlated = (entity: GraphEntity) => ({ ...nameOf(entity), display_name: entity.display_name });

/** What a rule found about two entities. */
export function aCorrelation(
  effect: CorrelationEffect,
  left: GraphEntity,
  right: GraphEntity,
  rule_id: string = effect === 'SAME_ENTITY' ? 'same-by-test' : 'bridge-by-test',
): Correlation {
  return {
    _id: derivedId(TENANT, 'CORRELATION', rule_id, left._id, right._id),
    tenant_id: TENANT,
    rule_id,
    effect,
    confidence: 'exact',
    left: correlated(left),
    right: correlated(right),
    evidence: [
      {
        key: 'key',
        left: [{ field: 'properties.key', value: left.display_name }],
        right: [{ field: 'properties.key', value: right.display_name }],
      },
    ],
  };
}

/** The identity of some entities that correlations join; the first survives. */
export function anIdentity(members: readonly GraphEntity[], correlations: readonly Correlation[]): CanonicalIdentity {
  const [survivor] = members;
  if (!survivor) throw new Error('an identity has members');
  return {
    _id: identityId(survivor),
    tenant_id: TENANT,
    entity_type: survivor.entity_type,
    display_name: survivor.display_name,
    survivor: nameOf(survivor),
    source_records: members.map((member) => ({
      ...correlated(member),
      identity_id: identityId(member),
      observed: true,
    })),
    rules: [...new Set(correlations.map(({ rule_id }) => rule_id))],
    correlation_ids: correlations.map(({ _id }) => _id),
    properties: {},
    property_provenance: {},
    disagreements: [],
  };
}

const identityId = ({ _id }: GraphEntity): string => derivedId(TENANT, 'IDENTITY', _id);

/** Chains of entities that are one, and pairs of which the left reaches the right. */
export function joinedAs(
  classes: readonly (readonly GraphEntity[])[],
  bridges: readonly (readonly [GraphEntity, GraphEntity])[] = [],
): Joined {
  const joined = classes.map((members) => ({
    members,
    same: members.slice(1).flatMap((member, i) => {
      const before = members[i];
      return before ? [aCorrelation('SAME_ENTITY', before, member)] : [];
    }),
  }));
  return {
    correlations: [
      ...joined.flatMap(({ same }) => same),
      ...bridges.map(([left, right]) => aCorrelation('BRIDGES_TO', left, right)),
    ],
    identities: joined.map(({ members, same }) => anIdentity(members, same)),
  };
}
