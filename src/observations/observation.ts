import type { Json } from '../kernel/canonical.ts';
import type { ErrorCode } from '../kernel/failures.ts';
import type { EdgeType, EntityType } from './entity-types.ts';

/** Names a thing in its source, so that anybody can derive its id, also before it was seen. */
export interface EntityRef {
  readonly entity_type: EntityType;
  /** `aws:<account>`, `aws:<partition>`, or the issuer of a federated subject. */
  readonly source_system_id: string;
  /** The ARN, or the source's own immutable id. */
  readonly source_record_id: string;
}

/** A value by which entities of different systems may turn out to be the same. */
export interface CorrelationKey {
  readonly kind: string;
  readonly value: string;
}

/** A thing that was seen. */
export interface NormalizedNode extends EntityRef {
  readonly kind: 'node';
  readonly display_name: string;
  readonly properties: Readonly<Record<string, Json>>;
  readonly correlation_keys?: readonly CorrelationKey[];
  /** The call that showed it: `iam:GetAccountAuthorizationDetails`. */
  readonly api: string;
  /** Calls of single properties that another call showed. */
  readonly property_apis?: Readonly<Record<string, string>>;
  /** Properties in which this collector is believed before any other. */
  readonly authoritative?: readonly string[];
  /** Calls that failed while it was looked at: what they had shown before is not contradicted by being absent now. */
  readonly failed_apis?: readonly string[];
}

/** Where an edge is stated: the record, and the path of the field in it, by value and not by index. */
export interface Statement {
  readonly source_system_id: string;
  readonly source_record_id: string;
  readonly source_field_path: string;
}

/** A relation that was seen. */
export interface NormalizedEdge {
  readonly kind: 'edge';
  readonly edge_type: EdgeType;
  readonly from: EntityRef;
  readonly to: EntityRef;
  readonly stated_by: Statement;
  readonly properties: Readonly<Record<string, Json>>;
  readonly api: string;
}

/** A policy document that nodes and edges name by its hash. */
export interface ObservedPolicyDocument {
  readonly kind: 'policy_document';
  readonly hash: string;
  readonly document: Json;
}

/** What changes by itself and says nothing about authority: last use, counts. */
export interface ObservedActivity {
  readonly kind: 'activity';
  readonly entity: EntityRef;
  readonly name: string;
  readonly value: Json;
}

/** Something that could not be looked at, or not understood. A fact like any other. */
export interface Gap {
  readonly kind: 'gap';
  readonly code: ErrorCode;
  /** What was refused or failed: `s3:GetBucketPolicy`. */
  readonly action: string;
  /** The one item that it concerns; absent where it concerns the whole listing. */
  readonly item?: string;
  readonly message: string;
}

/** Everything before it has been yielded; a later part may begin from here. */
export interface Checkpoint {
  readonly kind: 'checkpoint';
  readonly cursor: string;
}

export type Observation =
  | NormalizedNode
  | NormalizedEdge
  | ObservedPolicyDocument
  | ObservedActivity
  | Gap
  | Checkpoint;
