import type { Tag } from '@aws-sdk/client-ecs';
import type { Json } from '../../../kernel/canonical.ts';
import { sortedTags } from '../tags.ts';

/** Tags as ECS writes them; it leaves the list out where there are none. */
export const tagsOf = (tags: readonly Tag[] | undefined): Json =>
  sortedTags((tags ?? []).map(({ key, value }) => ({ Key: key, Value: value })));
