import type { EntityName } from '../graph/documents.ts';
import type { Provenance } from '../inventory/merge.ts';
import type { Json } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { CorrelatedEntity } from './correlation.ts';

/** One record of an identity. */
export interface SourceRecord extends CorrelatedEntity {
  /** The id that the class would have if this one survived: what a former id resolves by. */
  readonly identity_id: string;
  readonly observed: boolean;
}

/** The value of a property that the class has, and whose it is. */
export interface IdentityProvenance extends Provenance {
  readonly entity_id: string;
}

/** A property of which the members say different things. */
export interface Disagreement {
  readonly property: string;
  readonly values: readonly { readonly value: Json; readonly entity: EntityName }[];
}

/** A class of entities that are one: what `canonical_identities` holds. A class of one has none. */
export interface CanonicalIdentity {
  /** `canonical_identity_id`: of the surviving member: the most specific type, then the smallest fingerprint. */
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly entity_type: EntityType;
  readonly display_name: string;
  readonly survivor: EntityName;
  /** All members, the survivor first, then by id. */
  readonly source_records: readonly SourceRecord[];
  readonly rules: readonly string[];
  /** The correlations that join it. */
  readonly correlation_ids: readonly string[];
  readonly properties: Readonly<Record<string, Json>>;
  readonly property_provenance: Readonly<Record<string, IdentityProvenance>>;
  readonly disagreements: readonly Disagreement[];
}
