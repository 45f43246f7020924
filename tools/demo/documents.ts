import { createHash } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import { canonicalJson } from '../../src/kernel/canonical.ts';

/** What a second scan of an unchanged estate may not write. */
const COLLECTIONS = ['entities', 'edges', 'stitched_paths'] as const;

/** A collection as it was when it was read. */
export interface Snapshot {
  readonly documents: number;
  /** Over every field of every document: any write shows. */
  readonly hash: string;
}

/** The collections that hold what we believe, by name. */
export type Snapshots = Readonly<Record<(typeof COLLECTIONS)[number], Snapshot>>;

/** Reads what the database holds, past the API: that nothing was written is seen in the documents themselves. */
export async function snapshots(uri: string, tenant_id: string): Promise<Snapshots> {
  const client = new MongoClient(uri);
  try {
    const db = client.db();
    return {
      entities: await snapshot(db, 'entities', tenant_id),
      edges: await snapshot(db, 'edges', tenant_id),
      stitched_paths: await snapshot(db, 'stitched_paths', tenant_id),
    };
  } finally {
    await client.close();
  }
}

async function snapshot(db: Db, name: (typeof COLLECTIONS)[number], tenant_id: string): Promise<Snapshot> {
  const hash = createHash('sha256');
  let documents = 0;
  for await (const document of db.collection(name).find({ tenant_id }).sort({ _id: 1 })) {
    hash.update(canonicalJson(document));
    documents += 1;
  }
  return { documents, hash: hash.digest('hex') };
}
