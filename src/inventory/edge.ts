import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import { type EdgeType, specificityOf } from '../observations/entity-types.ts';
import { documentId, entityId, sourceFingerprint } from '../observations/fingerprint.ts';
import type { EntityRef, NormalizedEdge, Statement } from '../observations/observation.ts';
import { byText, type Claim } from './claim.ts';
import {
  joinProperties,
  type LineageRecord,
  type MergedProperties,
  mergeLineage,
  mergeProperties,
  type PropertyFacts,
  propertyFacts,
  sortedSet,
} from './merge.ts';

/** What a collector said about an edge. */
export interface EdgeFacts extends PropertyFacts {
  readonly edge_type: EdgeType;
  readonly from: EntityRef;
  readonly to: EntityRef;
}

/** One end of an edge, as the edge names it; the entity itself may know its type better. */
export interface EdgeEnd extends EntityRef {
  readonly id: string;
}

/** A relation that we believe holds, and who stated it. */
export interface Edge extends MergedProperties, Statement {
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly edge_type: EdgeType;
  readonly from: EdgeEnd;
  readonly to: EdgeEnd;
  readonly sourceFingerprint: string;
  readonly connector_owners: readonly string[];
  /** Workspaces whose instances claim it: those that may see it. */
  readonly workspace_ids: readonly string[];
  readonly claims: readonly Claim<EdgeFacts>[];
  readonly lineage_records: readonly LineageRecord[];
  readonly version: number;
  readonly retired_at?: IsoTime;
}

const specificity = ({ from, to }: EdgeFacts): number =>
  specificityOf(from.entity_type) + specificityOf(to.entity_type);

const recordOf = ({ source_system_id, source_record_id }: EntityRef): string =>
  `${source_system_id}\u0000${source_record_id}`;

/** Orders what was said about one edge: most specific first, then by what it joins. Total, so that the first is the same for everybody. */
const bySubstance = (a: EdgeFacts, b: EdgeFacts): number =>
  specificity(b) - specificity(a) ||
  byText(a.edge_type, b.edge_type) ||
  byText(recordOf(a.from), recordOf(b.from)) ||
  byText(recordOf(a.to), recordOf(b.to)) ||
  byText(a.from.entity_type, b.from.entity_type) ||
  byText(a.to.entity_type, b.to.entity_type);

const reference = ({ entity_type, source_system_id, source_record_id }: EntityRef): EntityRef => ({
  entity_type,
  source_system_id,
  source_record_id,
});

/** The facts of an observed edge. */
export const edgeFacts = (edge: NormalizedEdge): EdgeFacts => ({
  ...propertyFacts(edge.api, edge.properties),
  edge_type: edge.edge_type,
  from: reference(edge.from),
  to: reference(edge.to),
});

/** Joins two things that one claimant said about an edge in one look. */
export function joinEdgeFacts(a: EdgeFacts, b: EdgeFacts): EdgeFacts {
  const { edge_type, from, to } = bySubstance(a, b) <= 0 ? a : b;
  return { ...joinProperties(a, b), edge_type, from, to };
}

/** The edge that its claims describe; there must be one. `previous` is what is stored, whose provenance is kept where it still holds. */
export function edgeOf(
  tenant_id: TenantId,
  statement: Statement,
  claims: readonly Claim<EdgeFacts>[],
  previous?: Edge,
): Edge {
  const { source_system_id, source_record_id, source_field_path } = statement;
  const fingerprint = sourceFingerprint(statement);
  const [said] = claims.map(({ facts }) => facts).sort(bySubstance);
  if (!said) throw new TypeError('an edge without claims is no edge: it is retired');
  const { edge_type, from, to } = said;
  const end = (ref: EntityRef): EdgeEnd => ({ id: entityId(tenant_id, ref), ...reference(ref) });
  return {
    _id: documentId(tenant_id, fingerprint),
    tenant_id,
    edge_type,
    from: end(from),
    to: end(to),
    source_system_id,
    source_record_id,
    source_field_path,
    sourceFingerprint: fingerprint,
    ...mergeProperties(claims, source_record_id, specificity, previous),
    connector_owners: sortedSet(claims.map(({ by }) => by.instance_id)),
    workspace_ids: sortedSet(claims.map(({ workspace_id }) => workspace_id)),
    claims,
    lineage_records: mergeLineage(claims, statement),
    version: (previous?.version ?? 0) + 1,
  };
}
