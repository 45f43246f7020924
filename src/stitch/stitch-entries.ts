import { derivedId, type TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { StitchAuditEntry, StitchedKind } from './audit-entry.ts';
import type { Difference } from './computation.ts';

/** Where entries of the audit are kept. */
export interface AuditEntries {
  readonly put: (tenant_id: TenantId, entries: readonly StitchAuditEntry[]) => Promise<void>;
  /** What entries of stitches after a generation are about, without what they tell. */
  readonly after: (tenant_id: TenantId, generation: number) => AsyncIterable<EntryHead>;
  readonly getMany: (tenant_id: TenantId, ids: readonly string[]) => Promise<readonly StitchAuditEntry[]>;
  readonly remove: (tenant_id: TenantId, ids: readonly string[]) => Promise<void>;
}

/** What an entry is about. */
export type EntryHead = Pick<
  StitchAuditEntry,
  '_id' | 'kind' | 'id' | 'generation' | 'stitch_run_id' | 'before_hash' | 'after_hash'
>;

/** The stitch that writes. */
export interface Writing {
  readonly tenant_id: TenantId;
  readonly run_id: string;
  /** What entries are dated by: the first generation that this stitch follows, the same for one that was killed and this one. */
  readonly generation: number;
  /** Of the last stitch that came to its end. */
  readonly stitched_generation: number;
  readonly at: IsoTime;
  /** Throws where the tenant's stitch is no longer ours. Called before each write. */
  readonly fence: () => void;
}

/** What a killed stitch left: the heads of its entries, and the ids of those that do not hold any more. */
export interface Leftovers {
  readonly of: (kind: StitchedKind, id: string) => EntryHead | undefined;
  readonly ids: (kind: StitchedKind) => readonly string[];
  readonly stale: Set<string>;
}

/** What stitches after the last finished one left, which were killed. */
export async function leftovers(audit: AuditEntries, writing: Writing): Promise<Leftovers> {
  const heads: Readonly<Record<StitchedKind, Map<string, EntryHead>>> = {
    correlation: new Map(),
    identity: new Map(),
    path: new Map(),
  };
  const stale = new Set<string>();
  for await (const entry of audit.after(writing.tenant_id, writing.stitched_generation)) {
    stale.add(entry._id);
    heads[entry.kind].set(entry.id, entry);
  }
  return { of: (kind, id) => heads[kind].get(id), ids: (kind) => [...heads[kind].keys()], stale };
}

/** What a killed stitch told of some things, by their ids. */
export async function toldBefore(
  audit: AuditEntries,
  tenant_id: TenantId,
  heads: readonly (EntryHead | undefined)[],
): Promise<ReadonlyMap<string, StitchAuditEntry>> {
  const ids = heads.flatMap((head) => head?._id ?? []);
  if (ids.length === 0) return new Map();
  return new Map((await audit.getMany(tenant_id, ids)).map((entry) => [entry.id, entry]));
}

type Told = Pick<Difference, 'kind' | 'id' | 'causes' | 'members' | 'brief'> & {
  readonly after?: { readonly content_hash: string };
};

/** What is told of something that differs from the last finished stitch; nothing where it does not. */
export function entryOf(
  { kind, id, after, causes, members, brief }: Told,
  before_hash: string | undefined,
  left: StitchAuditEntry | undefined,
  { tenant_id, run_id, generation, at }: Writing,
): StitchAuditEntry | undefined {
  const after_hash = after?.content_hash;
  if (before_hash === after_hash) return undefined;
  const stamp = {
    _id: derivedId(tenant_id, 'STITCH_AUDIT', `${generation}`, kind, id),
    stitch_run_id: run_id,
    generation,
    at,
  };
  // What was stored may be gone already: the killed stitch has looked at it before it went.
  if (left && left.after_hash === after_hash) return { ...left, ...stamp };
  return {
    ...stamp,
    tenant_id,
    kind,
    id,
    change: before_hash === undefined ? 'appeared' : after_hash === undefined ? 'went' : 'changed',
    causes,
    ...(before_hash !== undefined && {
      before_hash,
      ...((left?.before ?? brief.before) !== undefined && { before: left?.before ?? brief.before }),
    }),
    ...(after_hash !== undefined && { after_hash, after: brief.after }),
    members,
  };
}
