import { canonicalJson } from '../kernel/canonical.ts';
import type { RequestContext, Resource } from '../policy/index.ts';
import { type Derivation, derivationOf } from './grant.ts';
import { judge } from './judge.ts';
import type { Identity } from './principal.ts';

/** One thing that an identity asks for. */
export interface Request {
  readonly action: string;
  readonly resource: Resource;
  readonly context: RequestContext;
}

/** What the policies of an identity, and what stands around them, say of something that has no policy of its own; undefined where they deny it. */
export function permitted(identity: Identity, { action, resource, context }: Request): Derivation | undefined {
  const request = { principal: identity.principal, action, resource, context };
  const verdict = judge((assumption) => ({ request, policies: identity.set(assumption) }));
  return derivationOf(verdict, identity.attached);
}

const RANK = { allowed: 0, conditional: 1, undetermined: 2 } as const;

/** All of them: as weak as the weakest, under the conditions of each; undefined where one is denied. */
export function allOf(derivations: Iterable<Derivation | undefined>): Derivation | undefined {
  const all: Derivation[] = [];
  for (const derivation of derivations) {
    if (!derivation) return undefined;
    all.push(derivation);
  }
  const [first] = all;
  if (first && all.length === 1) return first;
  const verdict = all.map((one) => one.verdict).reduce((a, b) => (RANK[b] > RANK[a] ? b : a), 'allowed');
  const distinct = <T>(items: readonly T[], key: (item: T) => string): readonly T[] => [
    ...new Map(items.map((item) => [key(item), item])).values(),
  ];
  return {
    verdict,
    conditions: distinct(
      all.flatMap(({ conditions }) => conditions),
      canonicalJson,
    ),
    grants: distinct(
      all.flatMap(({ grants }) => grants),
      ({ policy: { kind, hash, holder }, statement: { index } }) => [kind, holder._id, hash, index].join(' '),
    ),
  };
}

/** Whether the first proves more than the second: a stronger verdict, else fewer conditions. */
export const isStronger = (a: Derivation, b: Derivation | undefined): boolean =>
  b === undefined ||
  RANK[a.verdict] < RANK[b.verdict] ||
  (a.verdict === b.verdict && a.conditions.length < b.conditions.length);

/** The strongest of some derivations, the first among equals; those after one that is allowed are not asked for. */
export function strongestOf<T extends Derivation>(derivations: Iterable<T | undefined>): T | undefined {
  let best: T | undefined;
  for (const derivation of derivations) {
    if (derivation && isStronger(derivation, best)) best = derivation;
    if (best?.verdict === 'allowed') return best;
  }
  return best;
}
