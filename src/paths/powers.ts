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

/** Everything that policies permit, administrators' rights one by one. `isEnd`: what chains may end at; of others nobody asks who can use them. */
export const everyPower = (authority: Authority, isEnd: (entity: GraphEntity) => boolean): Powers => ({
  from: ({ entity }) => [
    ...authority.assumableFrom(entity),
    ...authority.accessibleFrom(entity),
    ...authority.controllableFrom(entity),
    ...delegationsOf(authority, entity).filter(({ to }) => isEnd(to)),
  ],
  to: ({ entity }) => [
    ...authority.assumableTo(entity),
    ...authority.controllableTo(entity),
    ...(isEnd(entity) ? authority.accessTo(entity) : []),
    ...(isEnd(entity) && isAccount(entity) ? authority.administratorsOf(entity) : []),
  ],
});

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
