import type { Db } from 'mongodb';
import type { TenantId, Visibility } from '../kernel/ids.ts';
import type { StitchInput } from '../stitch/computation.ts';
import { isVisible } from '../stitch/members.ts';
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

/**
 * The same, as far as somebody sees it: what an instance of one of the workspaces claims, and the far ends that visible edges
 * name. Policy documents are the tenant's: each is read by its hash, from a record that is seen.
 */
export async function* visibleInput(db: Db, { tenant_id, workspace_ids }: Visibility): AsyncGenerator<StitchInput> {
  const entities = entityStore(db);
  for await (const policy_document of policyDocumentStore(db).streamAll(tenant_id)) {
    yield { kind: 'policy_document', policy_document };
  }
  const far_ends = new Map<string, Extract<StitchInput, { kind: 'entity' }>['entity']>();
  for await (const entity of entities.streamUnclaimed(tenant_id)) far_ends.set(entity._id, entity);
  for await (const entity of entities.streamLive(tenant_id, workspace_ids)) yield { kind: 'entity', entity };
  for await (const edge of edgeStore(db).streamLive(tenant_id, workspace_ids)) {
    yield { kind: 'edge', edge };
    for (const { id } of [edge.from, edge.to]) {
      const entity = far_ends.get(id);
      if (entity && far_ends.delete(id)) yield { kind: 'entity', entity };
    }
  }
  for await (const correlation of correlationStore(db).streamActive(tenant_id)) {
    if (isVisible(correlation.members, workspace_ids)) yield { kind: 'correlation', correlation };
  }
}
