import type { Delegation } from '../graph/administrators.ts';
import type { Authority } from '../graph/authority.ts';
import type { Incoming } from '../graph/can-assume.ts';
import type { GraphEntity } from '../graph/documents.ts';
import { isEntityType, kindOf } from '../observations/entity-types.ts';
import type { DerivedEdge } from './hop-steps.ts';
import type { Place } from './places.ts';

/** What policies let the entity at a place do, as far as chains follow it. */
export interface Powers {
  readonly from: (place: Place) => readonly DerivedEdge[];
  readonly to: (place: Place) => readonly Incoming<DerivedEdge>[];
}

/** Everything that policies permit, with any resource, administrators' rights one by one. */
export const everyPower = (authority: Authority): Pick<Powers, 'from'> => ({
  from: ({ entity }) => [
    ...commanded(authority, entity),
    ...authority.accessOf(entity),
    ...delegationsOf(authority, entity),
  ],
});

/** The same where chains end at one entity: only of this is it asked who can use it, or administers it. */
export const powersOver = (authority: Authority, end: GraphEntity): Powers => ({
  from: ({ entity }) => [
    ...commanded(authority, entity),
    // Of two that are known each is asked about the other: what is found by looking at everybody is not needed.
    ...authority.accessBetween(entity, end),
    ...(isAccount(end) ? delegationsOf(authority, entity).filter(({ to }) => to._id === end._id) : []),
  ],
  to: ({ entity }) => [
    ...authority.assumableTo(entity),
    ...authority.controllableTo(entity),
    ...(entity._id === end._id ? [...authority.accessTo(entity), ...authority.administratorsOf(entity)] : []),
  ],
});

const commanded = (authority: Authority, entity: GraphEntity): readonly DerivedEdge[] => [
  ...authority.assumableFrom(entity),
  ...authority.controllableFrom(entity),
];

/**
 * The same for paths that are kept: who may do everything in an account has one edge to it, and besides only what lies in other
 * accounts. Where it depends on something, it stands beside what does not.
 */
export const keptPowers = (authority: Authority): Pick<Powers, 'from'> => ({
  from: ({ entity, location }) => {
    const delegations = delegationsOf(authority, entity);
    const isAdministrator = location.account !== undefined && delegations.some(({ verdict }) => verdict === 'allowed');
    const elsewhere = isAdministrator ? location.account : undefined;
    return [
      ...delegations,
      ...authority.assumableFrom(entity, elsewhere),
      ...authority.accessibleFrom(entity, elsewhere),
      ...(isAdministrator ? [] : authority.controllableFrom(entity)),
    ];
  },
});

function delegationsOf(authority: Authority, entity: GraphEntity): readonly Delegation[] {
  const delegation = authority.delegationOf(entity);
  return delegation ? [delegation] : [];
}

/** Whether an entity is an account: the end of an administrator's rights. */
export const isAccount = ({ entity_type }: GraphEntity): boolean =>
  isEntityType(entity_type) && kindOf(entity_type) === 'account';
