import type { Json } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { Claim, Claimant } from './claim.ts';
import type { Edge, EdgeEnd } from './edge.ts';
import type { Entity } from './entity.ts';
import type { ManifestEntry } from './manifest.ts';
import type { Versioned, VersionedStore } from './rewrite.ts';

/** A half-open range of ids: `from <= _id < to`. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

/** A document's claims without their facts. */
export interface ClaimHeads {
  readonly _id: string;
  readonly claims: readonly Pick<Claim<unknown>, 'by' | 'hash' | 'seq' | 'first_seq'>[];
}

/** A document that is the merge of its claims, and that is retired before it is deleted. */
export interface ClaimedDocument<Facts> extends Versioned {
  readonly tenant_id: TenantId;
  readonly workspace_ids: readonly string[];
  readonly retired_at?: IsoTime;
  readonly claims: readonly Claim<Facts>[];
}

/** What entities and edges are stored in, as far as the inventory needs it. Every list that may be long comes as a stream sorted by `_id`. */
export interface ClaimedStore<D extends ClaimedDocument<unknown>> extends VersionedStore<D> {
  /** Heads of the claims on those documents that exist. */
  readonly claimHeads: (tenant_id: TenantId, ids: readonly string[]) => Promise<readonly ClaimHeads[]>;
  /** Documents in a range that a cell has any claim on. */
  readonly heldBy: (
    tenant_id: TenantId,
    cell: Pick<Claimant, 'instance_id' | 'cell'>,
    range: IdRange,
  ) => AsyncIterable<ClaimHeads>;
  /** Deletes up to `limit` documents retired before a moment; returns their ids. */
  readonly forgetRetired: (tenant_id: TenantId, before: IsoTime, limit: number) => Promise<readonly string[]>;
}

/** How an entity stands, for those who only name it. */
export interface Standing {
  readonly _id: string;
  readonly entity_type: EntityType;
  readonly status: 'claimed' | 'far_end' | 'retired';
}

export interface InventoryEntities extends ClaimedStore<Entity> {
  readonly standing: (tenant_id: TenantId, ids: readonly string[]) => Promise<readonly Standing[]>;
}

/** An edge's claims without their facts, and its ends. */
export type EdgeHeads = ClaimHeads & Pick<Edge, 'from' | 'to'>;

export interface InventoryEdges extends ClaimedStore<Edge> {
  readonly claimHeads: (tenant_id: TenantId, ids: readonly string[]) => Promise<readonly EdgeHeads[]>;
  /** Which of the entities live edges name, and as what: at least one row for each id and type. */
  readonly namings: (tenant_id: TenantId, ids: readonly string[]) => Promise<readonly EdgeEnd[]>;
}

/** Entities that a cell may have left without a claim or an edge. */
export interface UnsettledEnds {
  readonly _id: string;
  readonly entity_ids: readonly string[];
}

export interface Unsettled {
  readonly note: (
    tenant_id: TenantId,
    cell_id: string,
    noted_at: IsoTime,
    entity_ids: readonly string[],
  ) => Promise<void>;
  readonly ofCell: (tenant_id: TenantId, cell_id: string) => AsyncIterable<UnsettledEnds>;
  readonly notedBefore: (tenant_id: TenantId, before: IsoTime) => AsyncIterable<UnsettledEnds>;
  readonly settled: (tenant_id: TenantId, _id: string) => Promise<void>;
}

export interface Manifests {
  /** Forgets what a part and those after it noted: it begins again. */
  readonly restart: (tenant_id: TenantId, cell_id: string, part: number) => Promise<void>;
  /** Forgets what one part noted, and no other. */
  readonly restartAlone: (tenant_id: TenantId, cell_id: string, part: number) => Promise<void>;
  readonly note: (entry: ManifestEntry) => Promise<void>;
  /** Forgets a cell that has closed and whose removal is not held. */
  readonly discard: (tenant_id: TenantId, cell_id: string) => Promise<void>;
  readonly countEntries: (tenant_id: TenantId, cell_id: string) => Promise<number>;
  readonly entriesOf: (tenant_id: TenantId, cell_id: string) => AsyncIterable<ManifestEntry>;
}

/** Everybody who ever claimed something, so that those whom no scope plans any more are found without a search through everything. */
export interface Claimants {
  readonly register: (tenant_id: TenantId, by: Claimant) => Promise<void>;
  readonly all: (tenant_id: TenantId) => AsyncIterable<Claimant>;
  readonly unregister: (tenant_id: TenantId, by: Claimant) => Promise<void>;
}

export interface KeptPolicyDocument {
  readonly hash: string;
  readonly document: Json;
}

export interface PolicyDocuments {
  /** Stores those that are not stored yet. */
  readonly keep: (tenant_id: TenantId, documents: readonly KeptPolicyDocument[]) => Promise<void>;
}

/** A value that changes by itself, of an entity. */
export interface ActivityValue {
  readonly entity_id: string;
  readonly name: string;
  readonly value: Json;
  readonly observed_at: IsoTime;
  readonly run_id: string;
}

export interface ActivityValues {
  /** Stores each value unless a later one is there. */
  readonly record: (tenant_id: TenantId, values: readonly ActivityValue[]) => Promise<void>;
  readonly forgetEntities: (tenant_id: TenantId, entity_ids: readonly string[]) => Promise<void>;
}

/** Everything that the inventory reads and writes. */
export interface InventoryStores {
  readonly entities: InventoryEntities;
  readonly edges: InventoryEdges;
  readonly unsettled: Unsettled;
  readonly manifests: Manifests;
  readonly claimants: Claimants;
  readonly policy_documents: PolicyDocuments;
  readonly activity: ActivityValues;
}
