import { canonicalJson } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import { type EntityType, specificityOf } from '../observations/entity-types.ts';
import { documentId, sourceFingerprint, wholeRecord } from '../observations/fingerprint.ts';
import type { CorrelationKey, EntityRef, NormalizedNode } from '../observations/observation.ts';
import { byText, type Claim, smallerText } from './claim.ts';
import {
  believed,
  joinProperties,
  keepFailed,
  type LineageRecord,
  type MergedProperties,
  mergeLineage,
  mergeProperties,
  type PropertyFacts,
  propertyFacts,
  sortedSet,
} from './merge.ts';

/** What a collector said about an entity. */
export interface EntityFacts extends PropertyFacts {
  readonly entity_type: EntityType;
  readonly display_name: string;
  readonly correlation_keys: readonly CorrelationKey[];
}

/** A thing that we believe exists, and everything that we believe about it. Without claims it is a far end: edges name it, nobody saw it. */
export interface Entity extends MergedProperties {
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly entity_type: EntityType;
  readonly display_name: string;
  readonly source_system_id: string;
  readonly source_record_id: string;
  readonly sourceFingerprint: string;
  readonly connector_owners: readonly string[];
  /** Workspaces whose instances claim it: those that may see it. */
  readonly workspace_ids: readonly string[];
  readonly claims: readonly Claim<EntityFacts>[];
  readonly correlationKeys: readonly CorrelationKey[];
  readonly lineage_records: readonly LineageRecord[];
  readonly version: number;
  /** Since when nobody claims or names it. The rest is then its last view. */
  readonly retired_at?: IsoTime;
}

const specificity = (facts: EntityFacts): number => specificityOf(facts.entity_type);

const sortedKeys = (keys: Iterable<CorrelationKey>): readonly CorrelationKey[] =>
  [...new Map([...keys].map(({ kind, value }) => [canonicalJson([kind, value]), { kind, value }])).entries()]
    .sort(([a], [b]) => byText(a, b))
    .map(([, key]) => key);

/** The type that names a thing best: the most specific, then the smallest name. */
export const mostSpecific = (a: EntityType, b: EntityType): EntityType =>
  (specificityOf(b) - specificityOf(a) || byText(a, b)) <= 0 ? a : b;

/** The facts of an observed node. */
export const entityFacts = (node: NormalizedNode): EntityFacts => ({
  ...propertyFacts(node.api, node.properties, node.property_apis, node.authoritative),
  entity_type: node.entity_type,
  display_name: node.display_name,
  correlation_keys: sortedKeys(node.correlation_keys ?? []),
});

/** Joins two things that one claimant said about an entity in one look. */
export const joinEntityFacts = (a: EntityFacts, b: EntityFacts): EntityFacts => ({
  ...joinProperties(a, b),
  entity_type: mostSpecific(a.entity_type, b.entity_type),
  display_name: smallerText(a.display_name, b.display_name),
  correlation_keys: sortedKeys([...a.correlation_keys, ...b.correlation_keys]),
});

/** What a claimant says of an entity in a look in which calls failed: what these had told is kept, and no correlation key goes. */
export const keepFailedFacts = (
  stored: EntityFacts,
  made: EntityFacts,
  failed_apis: readonly string[],
): EntityFacts => ({
  ...made,
  ...keepFailed(stored, made, failed_apis),
  correlation_keys: sortedKeys([...stored.correlation_keys, ...made.correlation_keys]),
});

/** The entity that its claims describe; without claims, a far end. `previous` is what is stored, whose provenance is kept where it still holds. */
export function entityOf(
  tenant_id: TenantId,
  ref: EntityRef,
  claims: readonly Claim<EntityFacts>[],
  previous?: Entity,
): Entity {
  const fingerprint = sourceFingerprint(wholeRecord(ref));
  const named = believed(claims, 'display_name', specificity);
  return {
    _id: documentId(tenant_id, fingerprint),
    tenant_id,
    entity_type: claims
      .map(({ facts }) => facts.entity_type)
      .reduce(mostSpecific, named?.facts.entity_type ?? ref.entity_type),
    display_name: named?.facts.display_name ?? ref.source_record_id,
    source_system_id: ref.source_system_id,
    source_record_id: ref.source_record_id,
    sourceFingerprint: fingerprint,
    ...mergeProperties(claims, ref.source_record_id, specificity, previous),
    connector_owners: sortedSet(claims.map(({ by }) => by.instance_id)),
    workspace_ids: sortedSet(claims.map(({ workspace_id }) => workspace_id)),
    claims,
    correlationKeys: sortedKeys(claims.flatMap(({ facts }) => facts.correlation_keys)),
    lineage_records: mergeLineage(claims, wholeRecord(ref)),
    version: (previous?.version ?? 0) + 1,
  };
}
