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

/** Each round of a race has a winner, so this many rounds are lost only to a bug. */
const MOST_ROUNDS = 200;

/**
 * Brings documents to what they should be: reads them, computes the next state, writes the differences in bulk, and
 * repeats for those that somebody else wrote meanwhile. `next` is pure and gives undefined where nothing is to be written.
 */
export async function rewrite<D extends Versioned>(
  store: VersionedStore<D>,
  tenant_id: string,
  ids: readonly string[],
  next: (id: string, present: D | undefined) => D | undefined,
  beforeWrite: () => void,
): Promise<readonly Change<D>[]> {
  const changes = new Map<string, Change<D>>();
  let open = ids;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MOST_ROUNDS)
      throw new Error(`lost ${MOST_ROUNDS} races for ${open[0]} and ${open.length - 1} others`);
    const present = new Map((await store.getMany(tenant_id, open)).map((document) => [document._id, document]));
    const replacements: Replacement<D>[] = [];
    for (const id of open) {
      const before = present.get(id);
      const after = next(id, before);
      if (!after) continue;
      changes.set(id, { before, after });
      replacements.push(before ? { document: after, replaces: before.version } : { document: after });
    }
    if (replacements.length === 0) break;
    beforeWrite();
    open = await store.writeMany(tenant_id, replacements);
  }
  return [...changes.values()];
}
