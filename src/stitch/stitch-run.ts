import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { StitchProblem, Unsettled } from './computation.ts';

/** Documents that a stitch brought, changed, took away, and found as they should be. */
export interface StitchWrites {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
}

/** What one stitch did. Written once, when it is over. */
export interface StitchRun {
  readonly _id: string;
  readonly tenant_id: TenantId;
  /** The generation that it read. */
  readonly generation: number;
  readonly outcome: 'stitched' | 'unchanged';
  readonly started_at: IsoTime;
  readonly finished_at: IsoTime;
  /** Milliseconds by phase. */
  readonly durations_ms: Readonly<Record<string, number>>;
  readonly counts: {
    readonly entities: number;
    readonly edges: number;
    readonly policy_documents: number;
    readonly paths: StitchWrites;
    readonly unsettled: Unsettled;
  };
  readonly problems: readonly StitchProblem[];
}
