import type { Observation } from '../../observations/observation.ts';
import { type Listing, pages } from './reading.ts';

/** A place in a listing: the token of a page, and the key of the last item of it that was done. */
export interface PagePlace {
  /** Of the first page there is none. */
  readonly token?: string | undefined;
  /** Undefined before the first item. */
  readonly after?: string | undefined;
}

/** A page, and where in it to go on. */
export interface PlacedPage<Page> extends PagePlace {
  readonly page: Page;
}

/** The place as the cursor of a checkpoint. */
export const cursorOf = ({ token, after }: PagePlace): string => JSON.stringify({ token, after });

/** The place that a cursor names; the beginning where it names none that we know. */
export function placeOf(cursor: string | undefined): PagePlace {
  if (cursor === undefined) return {};
  try {
    const place: unknown = JSON.parse(cursor);
    if (typeof place !== 'object' || place === null) return {};
    return { token: textIn(place, 'token'), after: textIn(place, 'after') };
  } catch {
    return {};
  }
}

function textIn(place: object, name: string): string | undefined {
  const value: unknown = Reflect.get(place, name);
  return typeof value === 'string' ? value : undefined;
}

/** The pages of a listing whose cursor may point inside a page. An expired token begins again, at the first item. */
export async function* placedPages<Page>(listing: Listing<Page>): AsyncGenerator<PlacedPage<Page>, void, undefined> {
  const from = placeOf(listing.cursor);
  let token: string | undefined;
  let after = from.after;
  const fetch = (asked: string | undefined): Promise<Page> => {
    token = asked;
    return listing.fetch(asked);
  };
  for await (const page of pages({ ...listing, cursor: from.token, fetch })) {
    yield { page, token, after: token === from.token ? after : undefined };
    after = undefined;
  }
}

/** How to go through the items of a page. */
export interface ItemsOfPage<Item> {
  /** What an item is called: by it the items are put in order, since AWS promises none. */
  readonly key: (item: Item) => string;
  readonly look: (item: Item) => AsyncIterable<Observation>;
  /** Items between two checkpoints. */
  readonly stride: number;
  /** The token of the page after this one. */
  readonly next: string | undefined;
}

/** Looks at the items of a page from its place on, with checkpoints on the way and after the last. */
export async function* throughPage<Item>(
  items: readonly Item[],
  { token, after }: PagePlace,
  { key, look, stride, next }: ItemsOfPage<Item>,
): AsyncGenerator<Observation, void, undefined> {
  const left = items
    .map((item) => ({ item, name: key(item) }))
    .filter(({ name }) => after === undefined || name > after)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [index, { item, name }] of left.entries()) {
    yield* look(item);
    const isLast = index === left.length - 1;
    if (!isLast && (index + 1) % stride === 0) yield { kind: 'checkpoint', cursor: cursorOf({ token, after: name }) };
  }
  if (next) yield { kind: 'checkpoint', cursor: cursorOf({ token: next }) };
}
