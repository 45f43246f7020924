import { MongoClient } from 'mongodb';
import * as z from 'zod';
import { hashOf } from '../../src/kernel/canonical.ts';

/** What a second scan of an unchanged estate may not write. */
export const COLLECTIONS = [
  'entities',
  'edges',
  'correlations',
  'canonical_identities',
  'identity_members',
  'stitched_paths',
] as const;

/** The part of a document by which it is told apart; every field of it goes into its hash. */
const Document = z.looseObject({ _id: z.string(), source_record_id: z.string().optional() });

/** A document as it was when it was read. */
interface Seen {
  readonly hash: string;
  /** ARN, where it has one. */
  readonly name: string;
}

/** Every document of one collection, by id. */
type Snapshot = ReadonlyMap<string, Seen>;

/** The collections that hold what we believe. */
export type Snapshots = Readonly<Record<(typeof COLLECTIONS)[number], Snapshot>>;

/** Names of documents that are not what they were. */
export interface Difference {
  readonly appeared: readonly string[];
  readonly changed: readonly string[];
  readonly gone: readonly string[];
}

/** No difference. */
export const NO_DIFFERENCE: Difference = { appeared: [], changed: [], gone: [] };

/** Reads what the database holds, past the API: that nothing was written is seen in the documents themselves. */
export async function snapshots(uri: string, tenant_id: string): Promise<Snapshots> {
  const client = new MongoClient(uri);
  try {
    const read = async (name: string): Promise<Snapshot> => {
      const documents = await client.db().collection(name).find({ tenant_id }).toArray();
      return new Map(
        documents.map((document) => {
          const { _id, source_record_id } = Document.parse(document);
          return [_id, { hash: hashOf(document), name: source_record_id ?? _id }];
        }),
      );
    };
    return {
      entities: await read('entities'),
      edges: await read('edges'),
      correlations: await read('correlations'),
      canonical_identities: await read('canonical_identities'),
      identity_members: await read('identity_members'),
      stitched_paths: await read('stitched_paths'),
    };
  } finally {
    await client.close();
  }
}

/** How many documents there are, in words. */
export const sizes = (all: Snapshots): string => COLLECTIONS.map((name) => `${all[name].size} in ${name}`).join(', ');

/** What became of the documents of all collections. */
export function difference(before: Snapshots, after: Snapshots): Difference {
  const parts = COLLECTIONS.map((name) => between(before[name], after[name]));
  return {
    appeared: parts.flatMap(({ appeared }) => appeared),
    changed: parts.flatMap(({ changed }) => changed),
    gone: parts.flatMap(({ gone }) => gone),
  };
}

function between(before: Snapshot, after: Snapshot): Difference {
  const names = (from: Snapshot, wanted: (id: string, seen: Seen) => boolean): string[] =>
    [...from].filter(([id, seen]) => wanted(id, seen)).map(([, { name }]) => name);
  return {
    appeared: names(after, (id) => !before.has(id)),
    changed: names(after, (id, { hash }) => before.has(id) && before.get(id)?.hash !== hash),
    gone: names(before, (id) => !after.has(id)),
  };
}
