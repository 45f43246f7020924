import type { TenantId } from '../kernel/ids.ts';
import { documentId, entityId, sourceFingerprint } from '../observations/fingerprint.ts';
import type { EntityRef, Observation, Statement } from '../observations/observation.ts';
import type { Join } from './claim.ts';
import { type EdgeFacts, edgeFacts, joinEdgeFacts } from './edge.ts';
import { type EntityFacts, entityFacts, joinEntityFacts } from './entity.ts';
import type { ActivityValue, KeptPolicyDocument } from './stores.ts';

/** What was said about one document, and the words that name it. */
export interface Said<Facts, Naming> {
  readonly naming: Naming;
  readonly facts: Facts;
  /** Calls that failed in this look: what they had shown stays. */
  readonly failed_apis: readonly string[];
}

export type SaidOfEntity = Said<EntityFacts, EntityRef>;
export type SaidOfEdge = Said<EdgeFacts, Statement>;

/** A group of observations of one task, by the document that each is about; several about one are joined. */
export interface SortedOut {
  readonly entities: ReadonlyMap<string, SaidOfEntity>;
  readonly edges: ReadonlyMap<string, SaidOfEdge>;
  readonly policy_documents: readonly KeptPolicyDocument[];
  readonly activity: readonly Pick<ActivityValue, 'entity_id' | 'name' | 'value'>[];
  /** Nodes and edges in the group. */
  readonly observed: number;
}

function add<Facts, Naming>(
  to: Map<string, Said<Facts, Naming>>,
  id: string,
  said: Said<Facts, Naming>,
  join: Join<Facts>,
): void {
  const known = to.get(id);
  to.set(id, known ? joined(known, said, join) : said);
}

const joined = <Facts, Naming>(
  a: Said<Facts, Naming>,
  b: Said<Facts, Naming>,
  join: Join<Facts>,
): Said<Facts, Naming> => ({
  naming: a.naming,
  facts: join(a.facts, b.facts),
  failed_apis: [...a.failed_apis, ...b.failed_apis],
});

/** Sorts out a group of observations. Gaps and checkpoints say nothing about the inventory. */
export function sortOut(tenant_id: TenantId, group: readonly Observation[]): SortedOut {
  const entities = new Map<string, SaidOfEntity>();
  const edges = new Map<string, SaidOfEdge>();
  const documents = new Map<string, KeptPolicyDocument>();
  const activity = new Map<string, Pick<ActivityValue, 'entity_id' | 'name' | 'value'>>();
  let observed = 0;
  for (const seen of group) {
    switch (seen.kind) {
      case 'node':
        add(
          entities,
          entityId(tenant_id, seen),
          { naming: seen, facts: entityFacts(seen), failed_apis: seen.failed_apis ?? [] },
          joinEntityFacts,
        );
        observed += 1;
        break;
      case 'edge': {
        const id = documentId(tenant_id, sourceFingerprint(seen.stated_by));
        add(edges, id, { naming: seen.stated_by, facts: edgeFacts(seen), failed_apis: [] }, joinEdgeFacts);
        observed += 1;
        break;
      }
      case 'policy_document':
        documents.set(seen.hash, { hash: seen.hash, document: seen.document });
        break;
      case 'activity': {
        const entity_id = entityId(tenant_id, seen.entity);
        activity.set(`${entity_id}\u0000${seen.name}`, { entity_id, name: seen.name, value: seen.value });
        break;
      }
      case 'gap':
      case 'checkpoint':
        break;
    }
  }
  return { entities, edges, policy_documents: [...documents.values()], activity: [...activity.values()], observed };
}
