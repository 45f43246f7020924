import type { Gap, Observation } from '../../observations/observation.ts';
import { checkpoint, listed, oneItem, pages, type Reading, readItem } from './reading.ts';

interface Paged {
  readonly nextToken?: string | undefined;
}

/** A listing, and what to do with each item on it. */
interface Each<Page, Item> {
  readonly action: string;
  readonly cursor?: string | undefined;
  readonly fetch: (token: string | undefined) => Promise<Page>;
  /** Where the next page begins; nothing on the last. */
  readonly next: (page: Page) => string | undefined;
  readonly items: (page: Page) => readonly Item[] | undefined;
  /** The ARN of an item, or what else a person would look it up by. */
  readonly name: (item: Item) => string | undefined;
  readonly look: (item: Item) => Iterable<Observation> | AsyncIterable<Observation>;
}

/** Looks at the items of a listing one by one, with a checkpoint after each page. */
export async function* lookAtEach<Page, Item>(each: Each<Page, Item>): AsyncGenerator<Observation, void, undefined> {
  const { action, cursor, fetch, next } = each;
  for await (const page of pages<Page>({ action, cursor, fetch, next })) {
    for (const item of listed(action, each.items(page))) {
      yield* oneItem({ action, item: each.name(item) ?? 'an item without a name' }, () => each.look(item));
    }
    yield* checkpoint(next(page));
  }
}

/** A short list about one item, all of its pages: AWS allows few of these for each item. */
export async function* readAll<Page extends Paged, Item>(
  what: { readonly action: string; readonly item: string },
  fetch: (nextToken: string | undefined) => Promise<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): AsyncGenerator<Gap, Reading<readonly Item[]>, undefined> {
  const { action } = what;
  return yield* readItem(what, async () => {
    const all: Item[] = [];
    for await (const page of pages<Page>({ action, fetch, next: ({ nextToken }) => nextToken })) {
      all.push(...listed(action, items(page)));
    }
    return all;
  });
}
