import type { Json } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { Cause } from '../paths/cause.ts';
import type { Members } from './members.ts';

export type { Cause } from '../paths/cause.ts';

/** What stitches write, and so what an entry is about. */
export const STITCHED_KINDS = ['correlation', 'identity', 'path'] as const;
export type StitchedKind = (typeof STITCHED_KINDS)[number];

export type StitchedChange = 'appeared' | 'changed' | 'went';

/** One thing that a stitch made appear, change or go: a document of `stitch_audit`. */
export interface StitchAuditEntry {
  /** Of tenant, stitch and thing: written twice, it is there once. */
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly stitch_run_id: string;
  /** The first generation that the stitch followed, after that of the stitch before and not after its own: orders stitches. */
  readonly generation: number;
  readonly at: IsoTime;
  readonly kind: StitchedKind;
  /** Id of the correlation, identity or path. */
  readonly id: string;
  readonly change: StitchedChange;
  readonly causes: readonly Cause[];
  /** What it was and is, as short as a person needs it: of a path its ends, level, verdict and hops by name. */
  readonly before?: Json;
  readonly after?: Json;
  /** Content hashes of what was stored and is: absent where it was not there, and where it is not any more. */
  readonly before_hash?: string;
  readonly after_hash?: string;
  /** Workspaces that claim each member: who sees the entry must see every member. */
  readonly members: Members;
}
