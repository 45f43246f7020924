import { correlate } from '../correlations/correlate.ts';
import type { Correlation, FailedRule } from '../correlations/correlation.ts';
import { resolveIdentities } from '../correlations/identities.ts';
import type { CanonicalIdentity } from '../correlations/identity.ts';
import type { CorrelationRule } from '../correlations/rule.ts';
import type { CorrelationSettings, PairSetting } from '../correlations/settings.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import { hashOf, type Json } from '../kernel/canonical.ts';
import { eachPath, type PathOptions } from '../paths/find-paths.ts';
import type { Path } from '../paths/path.ts';
import { briefOfCorrelation, briefOfIdentity, briefOfPath } from './brief.ts';
import { keptOf } from './kept-correlations.ts';
import { identityHash } from './stitched-identity.ts';

/** Things of each kind that a preview names; of more it says how many. */
export const MOST_PREVIEWED = 100;

/** Some of what would differ, as short as a person needs it, and how many there are. */
export interface Previewed {
  readonly count: number;
  readonly items: readonly { readonly id: string; readonly brief: Json }[];
}

/** What would come, change and go. */
export interface PreviewedKind {
  readonly appear: Previewed;
  readonly change: Previewed;
  readonly go: Previewed;
}

/** What other decisions about correlations would change in a graph. */
export interface Preview {
  readonly correlations: PreviewedKind;
  readonly identities: PreviewedKind;
  readonly paths: PreviewedKind;
  /** Lefts that several rights match: as things are decided, and as they would be. */
  readonly ambiguities: { readonly before: number; readonly after: number };
  /** Rules that threw: of them nothing can be foretold. */
  readonly failed_rules: readonly FailedRule[];
}

/** Decisions that would come on top of a tenant's own. */
export interface Decisions {
  readonly rules: readonly { readonly rule_id: string; readonly enabled: boolean }[];
  readonly pairs: readonly Pick<PairSetting, 'rule_id' | 'left' | 'right' | 'decision'>[];
}

/** What a preview is made from. */
export interface PreviewInput {
  readonly graph: Graph;
  readonly settings: CorrelationSettings;
  /** Correlations that stand: what a rule that throws had found stays. */
  readonly standing: readonly Correlation[];
  readonly limits?: PathOptions;
  readonly rules?: readonly CorrelationRule[];
}

/** What some decisions would change in a graph: the same graph is stitched as things are decided now, and as they would be. */
export function previewOf(input: PreviewInput, decisions: Decisions): Preview {
  const now = joinedBy(input, input.settings);
  const then = joinedBy(input, decided(input.settings, decisions));
  const correlations = differing(listed(now.correlations), listed(then.correlations), hashOf, briefOfCorrelation);
  const is_same = [correlations.appear, correlations.change, correlations.go].every(({ count }) => count === 0);
  const pathsOf =
    (joined: Joined): Each<Path> =>
    (take) =>
      void eachPath(input.graph, joined, input.limits ?? {}, take);
  const paths = is_same ? NOTHING : differing(pathsOf(now), pathsOf(then), ({ path_hash }) => path_hash, briefOfPath);
  return {
    correlations,
    identities: differing(listed(now.identities), listed(then.identities), identityHash, briefOfIdentity),
    paths,
    ambiguities: { before: now.ambiguities, after: then.ambiguities },
    failed_rules: then.failed_rules,
  };
}

/** Settings with further decisions, each in the place of what was decided about the same rule or pair. */
export function decided(settings: CorrelationSettings, { rules, pairs }: Decisions): CorrelationSettings {
  const by = { reason: 'preview', changed_by: '', changed_at: '' };
  const keyOf = ({ rule_id = '', left, right }: Decisions['pairs'][number]): string =>
    [rule_id, ...[left, right].sort()].join(' ');
  const named = new Set(rules.map(({ rule_id }) => rule_id));
  const paired = new Set(pairs.map(keyOf));
  return {
    ...settings,
    rules: [
      ...settings.rules.filter(({ rule_id }) => !named.has(rule_id)),
      ...rules.map((rule) => ({ ...rule, ...by })),
    ],
    pairs: [...settings.pairs.filter((pair) => !paired.has(keyOf(pair))), ...pairs.map((pair) => ({ ...pair, ...by }))],
  };
}

interface Joined {
  readonly correlations: readonly Correlation[];
  readonly identities: readonly CanonicalIdentity[];
  readonly ambiguities: number;
  readonly failed_rules: readonly FailedRule[];
}

function joinedBy({ graph, standing, rules }: PreviewInput, settings: CorrelationSettings): Joined {
  const correlated = correlate(graph, settings, rules);
  const correlations = keptOf(graph, settings, correlated, standing);
  return {
    correlations,
    identities: resolveIdentities(graph, correlations),
    ambiguities: correlated.ambiguities.length,
    failed_rules: correlated.failed_rules,
  };
}

const NONE: Previewed = { count: 0, items: [] };
const NOTHING: PreviewedKind = { appear: NONE, change: NONE, go: NONE };

/** Things one at a time: paths are too many to be held. */
type Each<D> = (take: (one: D) => void) => void;

const listed =
  <D>(some: readonly D[]): Each<D> =>
  (take) =>
    some.forEach(take);

/** The first of some things, and how many there are. */
function counted<D extends { readonly _id: string }>(brief: (one: D) => Json) {
  const items: { readonly id: string; readonly brief: Json }[] = [];
  let count = 0;
  return {
    add(one: D): void {
      count += 1;
      if (items.length < MOST_PREVIEWED) items.push({ id: one._id, brief: brief(one) });
    },
    seen: (): Previewed => ({ count, items: items.toSorted((a, b) => byText(a.id, b.id)) }),
  };
}

/** What differs between two lists; of what is on both only the hashes are held. */
function differing<D extends { readonly _id: string }>(
  now: Each<D>,
  then: Each<D>,
  hash: (one: D) => string,
  brief: (one: D) => Json,
): PreviewedKind {
  const [appear, change, go] = [counted(brief), counted(brief), counted(brief)];
  const after = new Map<string, string>();
  const before = new Set<string>();
  then((one) => after.set(one._id, hash(one)));
  now((one) => {
    before.add(one._id);
    const is = after.get(one._id);
    if (is === undefined) go.add(one);
    else if (is === hash(one)) after.delete(one._id);
  });
  // Left are those that are not there now, and those that would be otherwise.
  if (after.size > 0) {
    then((one) => {
      if (after.has(one._id)) (before.has(one._id) ? change : appear).add(one);
    });
  }
  return { appear: appear.seen(), change: change.seen(), go: go.seen() };
}
