import { describe, expect, it } from 'vitest';
import type { PathSearch } from '../../src/paths/find-paths.ts';
import { foundPaths } from '../../src/stitch/found-paths.ts';
import { computedOf } from './computed.ts';
import { federated, MCP_RULE, switched } from './federated.ts';
import { mediaProInputs } from './inputs.ts';

const [PATH] = computedOf(mediaProInputs()).paths;
if (!PATH) throw new Error('the estate has a path');
const { content_hash: _hash, members: _members, ...FOUND } = PATH;

/** A search over groups of workloads that find these paths each, and how often each group was searched from. */
function aSearch(...groups: readonly (readonly string[])[]) {
  const searched: number[] = [];
  const search: PathSearch = {
    groups: groups.map(() => []),
    each: (group, take) => {
      const index = search.groups.indexOf(group);
      searched.push(index);
      for (const _id of groups[index] ?? []) take({ ...FOUND, _id, path_hash: `hash of ${_id}` });
    },
    unsettled: () => ({
      undetermined: { can_assume: 0, can_control: 0, can_access: 0 },
      unclassified_resources: 0,
      workloads_cut_short: 0,
    }),
  };
  return { search, searched };
}
const nobody = (): undefined => undefined;

describe('paths that were found', () => {
  it('are all at hand while they are few', () => {
    const { search, searched } = aSearch(['b', 'a'], ['c']);
    const paths = foundPaths(search, nobody, 3);
    expect([...paths.hashes.keys()]).toEqual(['b', 'a', 'c']);
    expect(['a', 'b', 'c', 'd'].map((id) => paths.get(id)?._id)).toEqual(['a', 'b', 'c', undefined]);
    expect(searched).toEqual([0, 1]);
  });

  it('are searched for again where they are many, a group once for who asks in their order', () => {
    const { search, searched } = aSearch(['a', 'b'], ['c', 'd'], ['e', 'f']);
    const paths = foundPaths(search, nobody, 2);
    searched.length = 0;
    for (const id of paths.hashes.keys()) expect(paths.get(id)).toMatchObject({ _id: id, path_hash: `hash of ${id}` });
    expect(searched).toEqual([0, 1, 2]);
  });

  it('are the same whether they are held or not', () => {
    const settings = switched({ [MCP_RULE]: true });
    expect(computedOf(federated(), { settings, most_held: 0 })).toEqual(computedOf(federated(), { settings }));
    expect(computedOf(mediaProInputs(), { settings, most_held: 0 }).paths).toHaveLength(1);
  });
});
