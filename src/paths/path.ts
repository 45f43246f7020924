import type { AccessLevel } from '../graph/access-levels.ts';
import type { Evidence } from '../graph/evidence.ts';
import { hashOf } from '../kernel/canonical.ts';
import { type AccountId, derivedId, type TenantId } from '../kernel/ids.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { OpenCondition } from '../policy/index.ts';
import type { Sensitivity } from './sensitive.ts';

/** `conditional`: holds if the conditions do. */
export type PathVerdict = 'allowed' | 'conditional';

/** An entity as paths name it. */
export interface EntityReference {
  readonly id: string;
  readonly entity_type: EntityType;
  readonly source_record_id: string;
  readonly display_name: string;
  readonly account_id?: AccountId;
}

/** What must hold, as data and in words: "if `sts:ExternalId` is `x1`". */
export type PathCondition = OpenCondition & { readonly sentence: string };

/** How one end of a hop gets at the other. `RUNS_AS` and the like are stated by a source, `CAN_...` derived from policies. */
export type HopType = 'RUNS_AS' | 'AUTHENTICATES_AS' | 'INVOKES' | 'CAN_ASSUME' | 'CAN_ACCESS';

/** One step of authority, with what shows it. */
export interface Hop {
  readonly edge_type: HopType;
  readonly from: EntityReference;
  readonly to: EntityReference;
  readonly verdict: PathVerdict;
  readonly conditions: readonly PathCondition[];
  readonly evidence: readonly Evidence[];
  /** Of the last hop: the action that shows the access level, and the ARN that it was asked for. */
  readonly action?: string;
  readonly action_resource?: string;
}

/** A chain of authority from a workload to a sensitive resource: what `stitched_paths` holds. */
export interface Path {
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly workload: EntityReference;
  readonly resource: EntityReference;
  readonly access_level: AccessLevel;
  readonly sensitivity: Sensitivity;
  readonly hops: readonly Hop[];
  /** Something on the way lives in another account than the workload. */
  readonly crosses_account_boundary: boolean;
  /** Something on the way was seen by another kind of connector. */
  readonly crosses_connector_boundary: boolean;
  readonly verdict: PathVerdict;
  /** What must hold for all of it, each once; hops tell which of them needs it. */
  readonly conditions: readonly PathCondition[];
  /** Other chains with the same ends, level and boundaries. */
  readonly alternatives: number;
  /** There are more alternatives than were counted. */
  readonly alternatives_capped: boolean;
  /** Of everything above but the runs and times that saw it: equal hashes, equal paths. */
  readonly path_hash: string;
}

/** Completes a path with its id (of tenant, ends, level and boundaries) and its hash. */
export function withIdentity(path: Omit<Path, '_id' | 'path_hash'>): Path {
  const { tenant_id, workload, resource, access_level, crosses_account_boundary, crosses_connector_boundary } = path;
  const boundaries = `${crosses_account_boundary} ${crosses_connector_boundary}`;
  const _id = derivedId(tenant_id, 'PATH', workload.id, resource.id, access_level, boundaries);
  return { _id, ...path, path_hash: hashOf({ _id, ...withoutSightings(path) }) };
}

type Hashed = Omit<Path, '_id' | 'path_hash' | 'hops' | 'sensitivity'> & {
  readonly hops: unknown;
  readonly sensitivity: unknown;
};

/** A second scan of an unchanged estate sees the same things at another time: that must not make another path. */
const withoutSightings = (path: Omit<Path, '_id' | 'path_hash'>): Hashed => ({
  ...path,
  sensitivity: { ...path.sensitivity, evidence: path.sensitivity.evidence.map(unseen) },
  hops: path.hops.map((hop) => ({ ...hop, evidence: hop.evidence.map(unseen) })),
});

const unseen = ({
  run_id: _run,
  observed_at: _time,
  ...evidence
}: Evidence): Omit<Evidence, 'run_id' | 'observed_at'> => evidence;
