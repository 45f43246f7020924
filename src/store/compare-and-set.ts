import { type AnyBulkWriteOperation, type Collection, MongoBulkWriteError } from 'mongodb';
import type { Replacement } from '../inventory/rewrite.ts';
import type { ClaimedDocument } from '../inventory/stores.ts';

type Stored = ClaimedDocument<unknown>;

const DUPLICATE_KEY = 11_000;

/**
 * Writes documents in one unordered bulk: new ones by insert, others only where the version is still the expected one.
 * Returns the ids that may not have been written. The server says how many replacements met their document but not which,
 * so that one lost race puts all of them in doubt: the caller reads them again and finds most of them as they should be.
 */
export async function writeAsExpected(
  collection: Collection<Stored>,
  tenant_id: string,
  replacements: readonly Replacement<Stored>[],
): Promise<readonly string[]> {
  const operations = replacements.map(({ document, replaces }): AnyBulkWriteOperation<Stored> => {
    const { _id, version, ...rest } = document;
    // The local server (mongo-java-server) changes a document field by field while others read it: read first and written
    // last, a version is never seen beside claims older than itself. To MongoDB the order of fields means nothing.
    if (replaces === undefined) return { insertOne: { document: { _id, version, ...rest } } };
    return { replaceOne: { filter: { _id, tenant_id, version: replaces }, replacement: { ...rest, version } } };
  });
  const { matched, taken } = await bulk(collection, operations);
  const replaced = replacements.filter(({ replaces }) => replaces !== undefined).map(({ document }) => document._id);
  const inserted = replacements.filter((_, index) => taken.has(index)).map(({ document }) => document._id);
  return matched < replaced.length ? [...replaced, ...inserted] : inserted;
}

/** How many replacements met their document, and the positions of inserts whose id was taken. */
async function bulk(
  collection: Collection<Stored>,
  operations: readonly AnyBulkWriteOperation<Stored>[],
): Promise<{ readonly matched: number; readonly taken: ReadonlySet<number> }> {
  try {
    const { matchedCount } = await collection.bulkWrite(operations, { ordered: false });
    return { matched: matchedCount, taken: new Set() };
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failures = [error.writeErrors].flat();
    if (failures.length === 0 || failures.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
    return { matched: error.matchedCount, taken: new Set(failures.map(({ index }) => index)) };
  }
}
