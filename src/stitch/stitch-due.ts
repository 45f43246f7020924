import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { RaisedTrigger } from './stitch-trigger.ts';

/** What a tenant's next stitch is about: the truth behind the messages. One document per tenant. */
export interface StitchDue {
  readonly _id: TenantId;
  readonly tenant_id: TenantId;
  /** Counts the changes that a stitch should follow. */
  readonly generation: number;
  /** The generation that the last finished stitch had read. */
  readonly stitched_generation: number;
  /** The first change since then, and when the last one is due; absent when nothing is due. */
  readonly first_at?: IsoTime;
  readonly due_at?: IsoTime;
  /** What asked since the last stitch, the first ones by name. */
  readonly triggers?: readonly RaisedTrigger[];
  /** Who stitches now, and until when it may be believed alive. */
  readonly owner?: string;
  readonly lease_until?: IsoTime;
}

export type StitchDecision =
  /** Everything up to this generation has been stitched. */
  | 'unchanged'
  /** A later message is on its way and will do. */
  | 'later'
  | 'stitch';

/**
 * Whether a message is worth a stitch. One that a later one follows is left to it, unless changes have been gathering for
 * longer than `patience` milliseconds: a tenant that never stops changing is stitched all the same.
 */
export function decideStitch(
  due: StitchDue | undefined,
  generation: number,
  now: Date,
  patience: number,
): StitchDecision {
  if (!due || due.stitched_generation >= due.generation) return 'unchanged';
  if (generation >= due.generation || !due.first_at) return 'stitch';
  return now.getTime() - Date.parse(due.first_at) >= patience ? 'stitch' : 'later';
}
