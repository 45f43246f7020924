/** Groups a stream into arrays of at most `size`, keeping order; holds one group in memory at a time. */
export async function* inGroupsOf<T>(
  size: number,
  items: AsyncIterable<T> | Iterable<T>,
): AsyncGenerator<readonly T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
