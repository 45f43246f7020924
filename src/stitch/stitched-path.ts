import { hashOf } from '../kernel/canonical.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { Chain, Path } from '../paths/path.ts';
import type { Members } from './members.ts';
import { entitiesOfCorrelation } from './stitched-correlation.ts';

/** A path as it is stored. */
export interface StitchedPath extends Path {
  /** Workspaces that claim each member: who sees the path must see every member. */
  readonly members: Members;
  /** Of the path and who may see it, not of when it was seen: a path that hashes as before is not written again. */
  readonly content_hash: string;
  /** The stitch that first found it as it is now. */
  readonly stitch_run_id: string;
  readonly stitched_at: IsoTime;
}

/** What a computation found, before it is known whether it is new. */
export type FoundPath = Omit<StitchedPath, 'content_hash' | 'stitch_run_id' | 'stitched_at'>;

export const contentHash = (path: FoundPath): string => hashOf({ path: path.path_hash, members: path.members });

/** The entities that a chain tells of: both ends of each hop, and those whose records its correlations quote. */
export const entitiesOfPath = ({ hops }: Pick<Chain, 'hops'>): readonly string[] =>
  hops.flatMap(({ from, to, evidence }) => [
    from.id,
    to.id,
    ...evidence.flatMap((one) => (one.kind === 'correlation' ? entitiesOfCorrelation(one) : [])),
  ]);
