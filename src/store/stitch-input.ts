import type { Db } from 'mongodb';
import type { TenantId } from '../kernel/ids.ts';
import type { StitchInput } from '../stitch/computation.ts';
import { correlationStore } from './correlations.ts';
import { edgeStore } from './edges.ts';
import { entityStore } from './entities.ts';
import { policyDocumentStore } from './policy-documents.ts';

/** Every live document of a tenant that a stitch is made from, as a stream, and the correlations that stand. */
export async function* stitchInput(db: Db, tenant_id: TenantId): AsyncGenerator<StitchInput> {
  for await (const policy_document of policyDocumentStore(db).streamAll(tenant_id)) {
    yield { kind: 'policy_document', policy_document };
  }
  for await (const entity of entityStore(db).streamLive(tenant_id)) yield { kind: 'entity', entity };
  for await (const edge of edgeStore(db).streamLive(tenant_id)) yield { kind: 'edge', edge };
  for await (const correlation of correlationStore(db).streamActive(tenant_id)) {
    yield { kind: 'correlation', correlation };
  }
}
