import { correlate } from '../correlations/correlate.ts';
import type { Correlation, FailedRule } from '../correlations/correlation.ts';
import { resolveIdentities } from '../correlations/identities.ts';
import type { CanonicalIdentity } from '../correlations/identity.ts';
import type { CorrelationRule } from '../correlations/rule.ts';
import type { CorrelationSettings, PairSetting } from '../correlations/settings.ts';
import type { Graph } from '../graph/graph.ts';
import { hashOf, type Json } from '../kernel/canonical.ts';
import { findPaths, type PathOptions } from '../paths/find-paths.ts';
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
  const correlations = differing(now.correlations, then.correlations, hashOf, briefOfCorrelation);
  const is_same = [correlations.appear, correlations.change, correlations.go].every(({ count }) => count === 0);
  const pathsOf = (joined: Joined): readonly Path[] => findPaths(input.graph, joined, input.limits).paths;
  const paths = is_same ? NOTHING : differing(pathsOf(now), pathsOf(then), ({ path_hash }) => path_hash, briefOfPath);
  return {
    correlations,
    identities: differing(now.identities, then.identities, identityHash, briefOfIdentity),
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

const NOTHING: PreviewedKind = {
  appear: { count: 0, items: [] },
  change: { count: 0, items: [] },
  go: { count: 0, items: [] },
};

function differing<D extends { readonly _id: string }>(
  now: readonly D[],
  then: readonly D[],
  hash: (one: D) => string,
  brief: (one: D) => Json,
): PreviewedKind {
  const before = new Map(now.map((one) => [one._id, one]));
  const after = new Map(then.map((one) => [one._id, one]));
  const listed = (some: readonly D[]): Previewed => ({
    count: some.length,
    items: some.slice(0, MOST_PREVIEWED).map((one) => ({ id: one._id, brief: brief(one) })),
  });
  return {
    appear: listed(then.filter(({ _id }) => !before.has(_id))),
    change: listed(
      then.filter((one) => {
        const was = before.get(one._id);
        return was !== undefined && hash(was) !== hash(one);
      }),
    ),
    go: listed(now.filter(({ _id }) => !after.has(_id))),
  };
}
