import type { PathSearch } from '../paths/find-paths.ts';
import { membersOf, type WorkspacesOf } from './members.ts';
import { contentHash, entitiesOfPath, type FoundPath } from './stitched-path.ts';

/** Paths that are held at once: beyond it, what a group of workloads reaches is searched for again when it is asked for. */
export const MOST_HELD = 100_000;

/** What a search found, of which only ids and hashes are always at hand. */
export interface FoundPaths {
  /** By id, a group of workloads after the other: who asks in this order has each group searched for again at most once. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly get: (id: string) => FoundPath | undefined;
}

/** Searches from every group of workloads, and holds as many paths as may be held. */
export function foundPaths(search: PathSearch, workspacesOf: WorkspacesOf, most_held = MOST_HELD): FoundPaths {
  const hashes = new Map<string, string>();
  const groupOf = new Map<string, number>();
  const held = new Map<number, ReadonlyMap<string, FoundPath>>();
  let count = 0;
  const find = (index: number): ReadonlyMap<string, FoundPath> => {
    const paths = new Map<string, FoundPath>();
    search.each(search.groups[index] ?? [], (path) => {
      paths.set(path._id, { ...path, members: membersOf(entitiesOfPath(path), workspacesOf) });
    });
    return paths;
  };
  const hold = (index: number, paths: ReadonlyMap<string, FoundPath>): void => {
    if (count + paths.size > most_held) {
      held.clear();
      count = 0;
    }
    held.set(index, paths);
    count += paths.size;
  };
  for (const index of search.groups.keys()) {
    const paths = find(index);
    for (const [id, path] of paths) {
      hashes.set(id, contentHash(path));
      groupOf.set(id, index);
    }
    hold(index, paths);
  }
  return {
    hashes,
    get(id) {
      const index = groupOf.get(id);
      if (index === undefined) return undefined;
      const known = held.get(index);
      if (known) return known.get(id);
      const again = find(index);
      hold(index, again);
      return again.get(id);
    },
  };
}
