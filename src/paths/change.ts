import type { Graph } from '../graph/graph.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import { whatIsNew } from './appeared.ts';
import type { Cause } from './cause.ts';
import { whatIsGone } from './gone.ts';
import { whatChanged } from './hop-change.ts';
import type { Hop, Path } from './path.ts';

/** What a stitch knows when it says why paths changed: everything as it is now, and what is new about it. */
export interface ChangeContext {
  readonly graph: Graph;
  /** Ids of the correlations that hold now. */
  readonly correlations: ReadonlySet<string>;
  /** Why correlations appeared or went in this stitch, by their ids. */
  readonly correlation_causes: ReadonlyMap<string, Cause>;
  /** The runs that ended since the stitch before: what they were the first to see is new. */
  readonly runs: ReadonlySet<string>;
  /** There was no stitch before this one. */
  readonly first: boolean;
}

/** More causes than these explain nothing: the first are kept, in the order of the hops. */
const MOST_CAUSES = 10;

/** What can be said where neither the documents nor the graph show a difference. */
const UNKNOWN: Cause = { code: 'unknown', message: 'nothing that was recorded of it tells why' };

/**
 * Why a path appeared (there is none before), went (there is none after) or changed, hop by hop from the documents of both and
 * what is believed now. Never empty.
 */
export function causesOfPath(
  before: Path | undefined,
  after: Path | undefined,
  context: ChangeContext,
): readonly Cause[] {
  const causes = context.first ? [FIRST] : causesIn(before, after, context);
  const distinct = [...new Map(causes.map((cause) => [canonicalJson(cause), cause])).values()];
  return distinct.length > 0 ? distinct.slice(0, MOST_CAUSES) : [UNKNOWN];
}

const FIRST: Cause = { code: 'first_seen', message: 'there was no stitch before this one' };

function causesIn(before: Path | undefined, after: Path | undefined, context: ChangeContext): readonly Cause[] {
  if (!before) return after ? whatIsNew(after, context) : [];
  if (!after) return whatIsGone(before, context);
  if (!sameWay(before, after)) {
    const gone = whatIsGone(before, context);
    return gone.length > 0 ? gone : [replaced(before, after), ...whatIsNew(after, context)];
  }
  return whatChanged(before, after, context);
}

const sameWay = (before: Path, after: Path): boolean => canonicalJson(wayOf(before)) === canonicalJson(wayOf(after));

const wayOf = ({ hops }: Path): readonly string[] => hops.map(({ edge_type, to }) => `${edge_type} ${to.id}`);

const replaced = (before: Path, after: Path): Cause => ({
  code: 'replaced_by_better',
  message: `another way is better: ${shown(after.hops)} instead of ${shown(before.hops)}`,
});

const shown = (hops: readonly Hop[]): string =>
  [hops[0]?.from, ...hops.map(({ to }) => to)].map((end) => end?.display_name ?? '').join(' -> ');
