import type { CorrelationEvidence } from '../correlations/correlation.ts';
import type { AccessLevel } from '../graph/access-levels.ts';
import type { EntityName } from '../graph/documents.ts';
import type { Evidence } from '../graph/evidence.ts';
import { hashOf, sha256 } from '../kernel/canonical.ts';
import { type AccountId, derivedId, type TenantId } from '../kernel/ids.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { OpenCondition } from '../policy/index.ts';
import type { BoundaryFlags } from './boundaries.ts';
import type { Sensitivity } from './sensitive.ts';

/** `conditional`: holds if the conditions do. */
export type PathVerdict = 'allowed' | 'conditional';

/** An entity as paths name it. */
export interface EntityReference {
  readonly id: string;
  readonly entity_type: EntityType;
  readonly source_system_id: string;
  readonly source_record_id: string;
  readonly display_name: string;
  /** Somebody saw the entity itself; else others name it and nothing more is known. */
  readonly observed: boolean;
  readonly account_id?: AccountId;
}

/** What must hold, as data and in words: "if `sts:ExternalId` is `x1`". */
export type PathCondition = OpenCondition & { readonly sentence: string };

/**
 * How one end of a hop gets at the other. `SAME_ENTITY` and `BRIDGES_TO` are correlations; `CAN_...` is derived from policies, or
 * stated by a source that has policies of its own; the others are stated by a source.
 */
export const HOP_TYPES = [
  'RUNS_AS',
  'AUTHENTICATES_AS',
  'INVOKES',
  'CAN_ASSUME',
  'CAN_CONTROL',
  'CAN_ACCESS',
  'SAME_ENTITY',
  'BRIDGES_TO',
] as const;
export type HopType = (typeof HOP_TYPES)[number];

/** A correlation on which a hop rests: the rule, and the fields of both sides that agree. */
export interface RuleEvidence {
  readonly kind: 'correlation';
  readonly rule_id: string;
  readonly correlation_id: string;
  readonly left: EntityName;
  readonly right: EntityName;
  readonly evidence: readonly CorrelationEvidence[];
}

/** What shows that a hop holds. */
export type HopEvidence = Evidence | RuleEvidence;

/** One step of authority, with what shows it. */
export interface Hop {
  readonly edge_type: HopType;
  readonly from: EntityReference;
  readonly to: EntityReference;
  readonly verdict: PathVerdict;
  readonly conditions: readonly PathCondition[];
  readonly evidence: readonly HopEvidence[];
  /** Of the last hop: the action that shows the access level, and the ARN that it was asked for. */
  readonly action?: string;
  readonly action_resource?: string;
  /** Of `CAN_CONTROL`: how the one gains the other, and the actions that it takes. */
  readonly technique?: string;
  readonly actions?: readonly string[];
}

/** A chain of authority, and everything that can be said of it without saying what its end is good for. */
export interface Chain extends BoundaryFlags {
  readonly hops: readonly Hop[];
  readonly verdict: PathVerdict;
  /** What must hold for all of it, each once; hops tell which of them needs it. */
  readonly conditions: readonly PathCondition[];
  /** Ids of the rules whose correlations it goes over, ordered. */
  readonly correlation_rules: readonly string[];
  /** Canonical ids of the identities that something on the way is of, ordered. */
  readonly identities: readonly string[];
  /** The accounts that something on the way lives in, ordered. */
  readonly accounts: readonly AccountId[];
}

/** A chain of authority from a workload to a sensitive resource: what `stitched_paths` holds. */
export interface Path extends Chain {
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly workload: EntityReference;
  readonly resource: EntityReference;
  readonly access_level: AccessLevel;
  readonly sensitivity: Sensitivity;
  /** Other chains with the same ends, level and boundaries. */
  readonly alternatives: number;
  /** There are more alternatives than were counted. */
  readonly alternatives_capped: boolean;
  /** Of everything above but the runs and times that saw it: equal hashes, equal paths. */
  readonly path_hash: string;
}

/** Completes a path with its id (of tenant, ends, level and boundaries) and its hash. */
export function withIdentity(path: Omit<Path, '_id' | 'path_hash'>): Path {
  const { tenant_id, workload, resource, access_level, hops, sensitivity, identities } = path;
  const boundaries = `${path.crosses_account_boundary} ${path.crosses_connector_boundary} ${path.crosses_organization_boundary}`;
  const _id = derivedId(tenant_id, 'PATH', workload.id, resource.id, access_level, boundaries);
  // Everything else that a path says follows from its hops.
  const alternatives = `${path.alternatives} ${path.alternatives_capped}`;
  const said = [_id, alternatives, hashWithoutSightings(sensitivity), ...hops.map(hashWithoutSightings), ...identities];
  return { _id, ...path, path_hash: sha256(said.join('\n')) };
}

const HASHES = new WeakMap<Hop | Sensitivity, string>();

/**
 * The hash of what a hop or a sensitivity says; paths share them, and each is hashed once. A second scan of an unchanged estate
 * sees the same at another time: that must not make another path.
 */
function hashWithoutSightings(one: Hop | Sensitivity): string {
  const known = HASHES.get(one) ?? hashOf({ ...one, evidence: one.evidence.map(unseen) });
  HASHES.set(one, known);
  return known;
}

function unseen(evidence: HopEvidence): unknown {
  if (evidence.kind === 'correlation') return evidence;
  const { run_id: _run, observed_at: _time, ...rest } = evidence;
  return rest;
}
