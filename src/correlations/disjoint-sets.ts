/** Sets of things no two of which have anything in common. */
export interface DisjointSets {
  /** The representative of a thing's set: the same for all of its set. A thing that no pair names is alone. */
  readonly find: (thing: string) => string;
}

/**
 * The sets that pairs of equal things make: union by size with path halving, so that a thousand times as many pairs take
 * little more than a thousand times as long. https://en.wikipedia.org/wiki/Disjoint-set_data_structure
 */
export function disjointSets(pairs: Iterable<readonly [string, string]>): DisjointSets {
  const parents = new Map<string, string>();
  const sizes = new Map<string, number>();
  const parentOf = (thing: string): string => parents.get(thing) ?? thing;
  const find = (thing: string): string => {
    let at = thing;
    while (parentOf(at) !== at) {
      const grandparent = parentOf(parentOf(at));
      parents.set(at, grandparent);
      at = grandparent;
    }
    return at;
  };
  for (const [a, b] of pairs) {
    const [one, other] = [find(a), find(b)];
    if (one === other) continue;
    const [size, otherSize] = [sizes.get(one) ?? 1, sizes.get(other) ?? 1];
    const [root, child] = size >= otherSize ? [one, other] : [other, one];
    parents.set(child, root);
    sizes.set(root, size + otherSize);
  }
  return { find };
}
