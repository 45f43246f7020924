/** A document that is only ever replaced by compare-and-set on its version. */
export interface Versioned {
  readonly _id: string;
  readonly version: number;
}

/** A document to store, and the version that it replaces; without one it is new. */
export interface Replacement<D> {
  readonly document: D;
  readonly replaces?: number;
}

/** What compare-and-retry needs of a collection. */
export interface VersionedStore<D extends Versioned> {
  /** Those of the documents that exist, retired ones too; in any order. */
  readonly getMany: (tenant_id: string, ids: readonly string[]) => Promise<readonly D[]>;
  /** Writes each document that is still as expected. Returns the ids of those that may not have been: read them again. */
  readonly writeMany: (tenant_id: string, replacements: readonly Replacement<D>[]) => Promise<readonly string[]>;
}

/** A document that was written, and what it replaced. */
export interface Change<D> {
  readonly before: D | undefined;
  readonly after: D;
}

/** What became of documents: those that were written, and those that were as they should be. */
export interface Rewritten<D> {
  readonly changes: readonly Change<D>[];
  readonly kept: readonly D[];
}

const NONE: ReadonlySet<string> = new Set();

/** Each round of a race has a winner, so this many rounds are lost only to a bug. */
const MOST_ROUNDS = 200;

/**
 * Brings documents to what they should be: reads them, computes the next state, writes the differences in bulk, and
 * repeats for those that somebody else wrote meanwhile. `next` is pure and gives undefined where nothing is to be written.
 * `beforeWrite` may refuse by throwing, and note what must not be forgotten if the worker dies in the write.
 */
export async function rewrite<D extends Versioned>(
  store: VersionedStore<D>,
  tenant_id: string,
  ids: readonly string[],
  next: (id: string, present: D | undefined) => D | undefined,
  beforeWrite: (changes: readonly Change<D>[]) => void | Promise<void>,
  /** Ids that a read a moment ago did not find: they are not read again unless somebody was faster. */
  absent: ReadonlySet<string> = NONE,
): Promise<Rewritten<D>> {
  const written = new Map<string, Change<D>>();
  const kept = new Map<string, D>();
  let open = ids;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MOST_ROUNDS)
      throw new Error(`lost ${MOST_ROUNDS} races for ${open[0]} and ${open.length - 1} others`);
    const unread = round === 0 ? open.filter((id) => !absent.has(id)) : open;
    const read = unread.length > 0 ? await store.getMany(tenant_id, unread) : [];
    const present = new Map(read.map((document) => [document._id, document]));
    const changes: Change<D>[] = [];
    for (const id of open) {
      const before = present.get(id);
      const after = next(id, before);
      if (after) changes.push({ before, after });
      else if (before && !written.has(id)) kept.set(id, before);
    }
    if (changes.length === 0) break;
    await beforeWrite(changes);
    for (const change of changes) written.set(change.after._id, change);
    open = await store.writeMany(tenant_id, changes.map(replacement));
  }
  return { changes: [...written.values()], kept: [...kept.values()] };
}

const replacement = <D extends Versioned>({ before, after }: Change<D>): Replacement<D> =>
  before ? { document: after, replaces: before.version } : { document: after };
