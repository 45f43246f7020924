import type { Db } from 'mongodb';
import type { KeptPolicyDocument, PolicyDocuments } from '../inventory/stores.ts';
import type { Json } from '../kernel/canonical.ts';
import { derivedId } from '../kernel/ids.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { STREAMED } from './stream.ts';

interface StoredPolicyDocument {
  readonly _id: string;
  readonly tenant_id: string;
  readonly hash: string;
  /** JSON text: condition keys hold dots and dollars, which field names had better not. */
  readonly document: string;
}

export const POLICY_DOCUMENTS: CollectionPlan = {
  name: 'policy_documents',
  indexes: [{ key: { tenant_id: 1, _id: 1 } }],
};

/** Policy documents, each once. */
export function policyDocumentStore(db: Db) {
  const collection = collectionOf<StoredPolicyDocument>(db, POLICY_DOCUMENTS);
  const idOf = (tenant_id: string, hash: string): string => derivedId(tenant_id, hash);

  return {
    async keep(tenant_id: string, documents: readonly KeptPolicyDocument[]): Promise<void> {
      const ids = documents.map(({ hash }) => idOf(tenant_id, hash));
      const rows = await collection.find({ tenant_id, _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
      const kept = new Set(rows.map(({ _id }) => _id));
      const missing = documents.filter(({ hash }) => !kept.has(idOf(tenant_id, hash)));
      if (missing.length === 0) return;
      await collection.bulkWrite(
        missing.map(({ hash, document }) => ({
          updateOne: {
            filter: { _id: idOf(tenant_id, hash) },
            update: { $setOnInsert: { tenant_id, hash, document: JSON.stringify(document) } },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },

    /** The documents of those hashes that are known. */
    async getMany(tenant_id: string, hashes: readonly string[]): Promise<ReadonlyMap<string, Json>> {
      const ids = hashes.map((hash) => idOf(tenant_id, hash));
      const rows = await collection.find({ tenant_id, _id: { $in: ids } }).toArray();
      return new Map(rows.map(({ hash, document }): [string, Json] => [hash, JSON.parse(document)]));
    },

    /** All documents of a tenant. */
    async *streamAll(tenant_id: string): AsyncGenerator<KeptPolicyDocument> {
      for await (const { hash, document } of collection.find({ tenant_id }, STREAMED)) {
        yield { hash, document: JSON.parse(document) };
      }
    },
  } satisfies PolicyDocuments & Record<string, unknown>;
}

export type PolicyDocumentStore = ReturnType<typeof policyDocumentStore>;
