import type { Json } from '../../kernel/canonical.ts';

/** Tags in the order of their keys. Keys come from outside, so they are a list and not a map. */
export const sortedTags = (
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Json =>
  (tags ?? [])
    .map(({ Key, Value }) => ({ key: Key ?? '', value: Value ?? '' }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));

/** The same from the map that Lambda gives. */
export const tagsOfMap = (tags: Readonly<Record<string, string>> | undefined): Json =>
  sortedTags(Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value })));
