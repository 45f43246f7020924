import type { Correlation, RetiredBecause } from '../correlations/correlation.ts';
import type { EntityName } from '../graph/documents.ts';
import { hashOf } from '../kernel/canonical.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { Members } from './members.ts';

/** A correlation, and who may see it: what a computation finds. */
export interface FoundCorrelation extends Correlation {
  /** Workspaces that claim the left, the right and whatever else the evidence names. */
  readonly members: Members;
}

/** A correlation as it is stored. One that is not found any more stays, retired; found again it is active again. */
export interface StitchedCorrelation extends FoundCorrelation {
  readonly content_hash: string;
  readonly status: 'active' | 'retired';
  readonly retired_because?: RetiredBecause;
  /** The stitch that found it first, and the one that wrote it last. */
  readonly first_stitch_run_id: string;
  readonly last_stitch_run_id: string;
  readonly stitched_at: IsoTime;
}

/** Equal hashes, equal correlations to write. */
export const correlationHash = (found: FoundCorrelation): string => hashOf(found);

interface Quoting {
  readonly left: EntityName;
  readonly right: EntityName;
  readonly evidence: Correlation['evidence'];
}

/** The entities that a correlation tells of: both sides, and those whose records its evidence quotes. */
export const entitiesOfCorrelation = ({ left, right, evidence }: Quoting): readonly string[] => [
  left.id,
  right.id,
  ...evidence.flatMap((one) => [...one.left, ...one.right].flatMap(({ of }) => (of ? [of.id] : []))),
];
