import type { Checkpoint, Gap, Observation } from '../../observations/observation.ts';
import { SourceFailure, UndeclaredCall, Vanished } from '../source-failure.ts';
import { awsFailure, isGone, MalformedAnswer, namesOf, wordsOf } from './aws-failure.ts';

/** What was read of one item. `undefined` is known absence; not known means that a gap has been yielded. */
export type Reading<Value> = { readonly known: true; readonly value: Value | undefined } | { readonly known: false };

interface ItemRead {
  /** IAM action of the call. */
  readonly action: string;
  /** What is read, as a person would look it up: its ARN. */
  readonly item: string;
  /** Error names by which AWS says that there is none. */
  readonly absent?: readonly string[];
}

/**
 * One read about one item: `const policy = yield* readItem({ action, item, absent }, () => client.send(...))`.
 * A refusal or failure is yielded as a gap. Throws `Vanished` where the item itself is gone: call it inside `oneItem`.
 */
export async function* readItem<Value>(
  what: ItemRead,
  read: () => Promise<Value>,
): AsyncGenerator<Gap, Reading<Value>, undefined> {
  try {
    return { known: true, value: await read() };
  } catch (error) {
    if (namesOf(error).some((name) => what.absent?.includes(name))) return { known: true, value: undefined };
    if (isGone(error)) throw new Vanished(what.item);
    yield gapOfRead(error, what);
    return { known: false };
  }
}

/** Throws what is neither a failure of AWS nor an odd answer: a bug. */
function gapOfRead(error: unknown, { action, item }: ItemRead): Gap {
  if (error instanceof MalformedAnswer) {
    return { kind: 'gap', code: 'unreadable_item', action, item, message: wordsOf(error) };
  }
  const failure = error instanceof SourceFailure ? error : awsFailure(error, { action, item });
  if (!failure) throw error;
  return { ...failure.gap, item };
}

/** The field for which a call was made. An answer without it is malformed, and no absence. */
export function answered<Value>(value: Value | null | undefined, field: string): Value {
  if (value === undefined || value === null || value === '') throw new MalformedAnswer(`the answer has no ${field}`);
  return value;
}

/**
 * All observations of one item, or none: what vanished is absent, what is odd becomes one gap that names it, and the
 * siblings go on. Holds one item in memory.
 */
export async function* oneItem(
  what: { readonly action: string; readonly item: string },
  look: () => Iterable<Observation> | AsyncIterable<Observation>,
): AsyncGenerator<Observation, void, undefined> {
  const seen: Observation[] = [];
  try {
    for await (const observation of look()) seen.push(observation);
  } catch (error) {
    if (error instanceof Vanished) return;
    if (error instanceof UndeclaredCall) throw error;
    yield* seen.filter((observation) => observation.kind === 'gap');
    yield gapOfItem(error, what);
    return;
  }
  yield* seen;
}

function gapOfItem(error: unknown, what: { readonly action: string; readonly item: string }): Gap {
  const failure = error instanceof SourceFailure ? error : awsFailure(error, what);
  return failure?.gap ?? { kind: 'gap', code: 'unreadable_item', ...what, message: wordsOf(error) };
}

/** One call that everything after it needs. Throws `SourceFailure`. */
export async function readListing<Page>(action: string, read: () => Promise<Page>): Promise<Page> {
  try {
    return await read();
  } catch (error) {
    throw awsFailure(error, { action }) ?? error;
  }
}

/** How to page through one listing. */
export interface Listing<Page> {
  readonly action: string;
  /** Where to begin: the token of an earlier checkpoint. */
  readonly cursor?: string | undefined;
  readonly fetch: (token: string | undefined) => Promise<Page>;
  readonly next: (page: Page) => string | undefined;
}

/** The pages of a listing as they come. An expired cursor begins again; a token that comes back twice is a malformed answer. */
export async function* pages<Page>(listing: Listing<Page>): AsyncGenerator<Page, void, undefined> {
  let token = listing.cursor;
  for (let first = true; ; first = false) {
    const page = first
      ? await resumedPage(listing.action, token, listing.fetch)
      : await readListing(listing.action, () => listing.fetch(token));
    yield page;
    const following = listing.next(page) || undefined;
    if (following === undefined) return;
    if (following === token) throw malformed(listing.action, 'the same page token came back');
    token = following;
  }
}

/** The page at a token of an earlier checkpoint, or the first page where AWS no longer knows the token. */
export async function resumedPage<Page>(
  action: string,
  token: string | undefined,
  fetch: (token: string | undefined) => Promise<Page>,
): Promise<Page> {
  try {
    return await readListing(action, () => fetch(token));
  } catch (error) {
    if (token === undefined || !isInvalidRequest(error)) throw error;
    return readListing(action, () => fetch(undefined));
  }
}

/** AWS has a name per service for a token that it no longer knows; all are client errors that are no refusal. */
const isInvalidRequest = (error: unknown): boolean =>
  error instanceof Error && '$fault' in error && error.$fault === 'client';

/** The list that a page must have. An answer without it is malformed: taking it as empty would remove what it held. */
export function listed<Item>(action: string, list: readonly Item[] | undefined): readonly Item[] {
  if (!Array.isArray(list)) throw malformed(action, 'the answer has no list');
  return list;
}

/** The failure of an answer that is not what the API promises, ready to be thrown. */
export function malformed(action: string, message: string): Error {
  const error = new MalformedAnswer(message);
  return awsFailure(error, { action }) ?? error;
}

/** Everything up to here has been yielded; nothing where there is no next page. */
export function* checkpoint(token: string | undefined): Generator<Checkpoint, void, undefined> {
  if (token) yield { kind: 'checkpoint', cursor: token };
}
