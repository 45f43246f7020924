import type { Authority } from '../graph/authority.ts';
import type { Incoming } from '../graph/can-assume.ts';
import type { GraphEntity } from '../graph/documents.ts';
import type { DerivedEdge } from './hop-steps.ts';
import type { Place } from './places.ts';

/** What policies let the entity at a place do, as far as chains follow it. */
export interface Powers {
  readonly from: (place: Place) => readonly DerivedEdge[];
  readonly to: (place: Place) => readonly Incoming<DerivedEdge>[];
}

/** Everything that policies permit. `isGoal`: what chains may end at; only of such a thing it is asked who can use it. */
export const allPowers = (authority: Authority, isGoal: (entity: GraphEntity) => boolean): Powers => ({
  from: ({ entity }) => [...authority.assumableFrom(entity), ...authority.accessibleFrom(entity)],
  to: ({ entity }) => [...authority.assumableTo(entity), ...(isGoal(entity) ? authority.accessTo(entity) : [])],
});
