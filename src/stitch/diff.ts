import type { Json } from '../kernel/canonical.ts';
import type { Cause } from '../paths/cause.ts';
import type { PathVerdict } from '../paths/path.ts';
import type { StitchAuditEntry } from './audit-entry.ts';
import { type BriefPath, briefPathOf } from './brief.ts';
import { isVisible } from './members.ts';

/** Stitches after `from` and up to `to`. */
export interface GenerationRange {
  readonly from: number;
  readonly to: number;
}

/** What became of a path between two stitches. */
export interface PathDifference {
  readonly path_id: string;
  readonly change: 'appeared' | 'disappeared' | 'verdict_changed';
  /** As it was; absent where it was not there. */
  readonly before?: BriefPath;
  /** As it is; absent where it is not there. */
  readonly after?: BriefPath;
  readonly causes: readonly Cause[];
  /** The stitch that brought the last of it. */
  readonly stitch_run_id: string;
}

/** The paths that differ between two stitches, ordered by id. */
export type PathDiff = readonly PathDifference[];

/**
 * What some entries about paths come to, for somebody who sees these workspaces: what appeared and went again is not listed,
 * neither is a path of which a member is hidden at any time in between. Entries in any order.
 */
export function diffOf(entries: readonly StitchAuditEntry[], workspace_ids: readonly string[]): PathDiff {
  const byPath = Map.groupBy(
    entries.filter(({ kind }) => kind === 'path').toSorted((a, b) => a.generation - b.generation),
    ({ id }) => id,
  );
  return [...byPath.keys()].sort().flatMap((id) => differenceOf(byPath.get(id) ?? [], workspace_ids) ?? []);
}

/** The same of a stream that is ordered by path and generation, a difference at a time. */
export async function* diffsOf(
  entries: AsyncIterable<StitchAuditEntry>,
  workspace_ids: readonly string[],
): AsyncGenerator<PathDifference> {
  let group: StitchAuditEntry[] = [];
  for await (const entry of entries) {
    if (group[0] && group[0].id !== entry.id) {
      yield* diffOf(group, workspace_ids);
      group = [];
    }
    group.push(entry);
  }
  yield* diffOf(group, workspace_ids);
}

/** At most `limit` differences of a stream that is ordered by path and generation. */
export async function someDiffs(
  entries: AsyncIterable<StitchAuditEntry>,
  workspace_ids: readonly string[],
  limit: number,
): Promise<PathDiff> {
  const some: PathDifference[] = [];
  if (limit <= 0) return some;
  for await (const difference of diffsOf(entries, workspace_ids)) {
    some.push(difference);
    if (some.length === limit) break;
  }
  return some;
}

/** What the entries about one path come to, in the order of their stitches. */
function differenceOf(
  entries: readonly StitchAuditEntry[],
  workspace_ids: readonly string[],
): PathDifference | undefined {
  const [first, last] = [entries[0], entries.at(-1)];
  if (!first || !last || !entries.every(({ members }) => isVisible(members, workspace_ids))) return undefined;
  const was = first.change !== 'appeared';
  const is = last.change !== 'went';
  const after = is ? brief(last.after) : undefined;
  const before = was ? brief(first.before) : undefined;
  const base = {
    path_id: last.id,
    ...(before && { before }),
    ...(after && { after }),
    stitch_run_id: last.stitch_run_id,
  };
  if (!was && is) return { ...base, change: 'appeared', causes: causesFrom(entries, 'appeared') };
  if (was && !is) return { ...base, change: 'disappeared', causes: causesFrom(entries, 'went') };
  if (was && is && verdictOf(before) !== verdictOf(after)) {
    return { ...base, change: 'verdict_changed', causes: causesOf(entries) };
  }
  return undefined;
}

const brief = (value: Json | undefined): BriefPath | undefined => briefPathOf(value);
const verdictOf = (path: BriefPath | undefined): PathVerdict | undefined => path?.verdict;

/** The causes of the last time that the path came or went, and of what followed. */
function causesFrom(entries: readonly StitchAuditEntry[], change: StitchAuditEntry['change']): readonly Cause[] {
  return causesOf(entries.slice(entries.findLastIndex((entry) => entry.change === change)));
}

/** Each cause once, in the order of stitches. */
function causesOf(entries: readonly StitchAuditEntry[]): readonly Cause[] {
  const causes = new Map<string, Cause>();
  for (const cause of entries.flatMap((entry) => entry.causes)) {
    causes.set(JSON.stringify([cause.code, cause.subject, cause.message]), cause);
  }
  return [...causes.values()];
}
