import type { Correlation } from '../correlations/correlation.ts';
import type { CanonicalIdentity } from '../correlations/identity.ts';
import { byText } from '../inventory/claim.ts';

/** What the entities of a graph are beyond their records: what rules found, and the identities that come of it. */
export interface Joined {
  readonly correlations: readonly Correlation[];
  readonly identities: readonly CanonicalIdentity[];
}

/** Where no rule found anything. */
export const NOTHING_JOINED: Joined = { correlations: [], identities: [] };

/** What was joined, by entity. */
export interface JoinedIndex {
  readonly identityOf: (entity_id: string) => CanonicalIdentity | undefined;
  /** Bridges from and to an entity, ordered by id. */
  readonly bridgesFrom: (entity_id: string) => readonly Correlation[];
  readonly bridgesTo: (entity_id: string) => readonly Correlation[];
  /** The correlations by which two members of an identity are one: the fewest, in the order in which they lead from one to the other. */
  readonly between: (identity: CanonicalIdentity, from: string, to: string) => readonly Correlation[];
}

const INDEXES = new WeakMap<Joined, JoinedIndex>();

/** The index of what was joined; made once for each. */
export function joinedIndex(joined: Joined): JoinedIndex {
  const known = INDEXES.get(joined) ?? indexOf(joined);
  INDEXES.set(joined, known);
  return known;
}

const NONE: readonly Correlation[] = [];

function indexOf({ correlations, identities }: Joined): JoinedIndex {
  const identityOf = new Map(identities.flatMap((identity) => identity.source_records.map(({ id }) => [id, identity])));
  const ordered = correlations.toSorted((a, b) => byText(a._id, b._id));
  const bridges = ordered.filter(({ effect }) => effect === 'BRIDGES_TO');
  const from = Map.groupBy(bridges, ({ left }) => left.id);
  const to = Map.groupBy(bridges, ({ right }) => right.id);
  const byId = new Map(ordered.filter(({ effect }) => effect === 'SAME_ENTITY').map((one) => [one._id, one]));
  const joining = ({ correlation_ids }: CanonicalIdentity): readonly Correlation[] =>
    correlation_ids.flatMap((id) => byId.get(id) ?? NONE);
  return {
    identityOf: (id) => identityOf.get(id),
    bridgesFrom: (id) => from.get(id) ?? NONE,
    bridgesTo: (id) => to.get(id) ?? NONE,
    between: (identity, left, right) => chainBetween(joining(identity), left, right),
  };
}

/** The shortest chain of correlations, ordered by id, between two entities; among equals that of the smallest ids. */
function chainBetween(correlations: readonly Correlation[], from: string, to: string): readonly Correlation[] {
  const leftOf = Map.groupBy(correlations, ({ left }) => left.id);
  const rightOf = Map.groupBy(correlations, ({ right }) => right.id);
  const reached = new Map<string, readonly Correlation[]>([[from, NONE]]);
  for (const [id, chain] of reached) {
    if (id === to) return chain;
    const touching = [...(leftOf.get(id) ?? NONE), ...(rightOf.get(id) ?? NONE)].sort((a, b) => byText(a._id, b._id));
    for (const correlation of touching) {
      const next = correlation.left.id === id ? correlation.right.id : correlation.left.id;
      if (!reached.has(next)) reached.set(next, [...chain, correlation]);
    }
  }
  return NONE;
}
