import type { Json } from '../../../kernel/canonical.ts';
import { sortedTags } from '../tags.ts';

/** Tags from the list that Bedrock gives, whose members are in lower case. */
export const tagsOfList = (
  tags: readonly { readonly key?: string | undefined; readonly value?: string | undefined }[] | undefined,
): Json => sortedTags((tags ?? []).map(({ key, value }) => ({ Key: key, Value: value })));
