import type { Ambiguity, FailedRule } from '../correlations/correlation.ts';
import { derivedId, type TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { StitchProblem, Unsettled } from './computation.ts';
import type { Members } from './members.ts';
import type { RaisedTrigger } from './stitch-trigger.ts';

/** Documents that a stitch brought, changed, took away, and found as they should be. */
export interface StitchWrites {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
}

/** A left that several rights match, and who may see them all. */
export interface StitchAmbiguity extends Ambiguity {
  readonly members: Members;
}

/** What one stitch did. Written once, when it is over. */
export interface StitchRun {
  /** Of the tenant and the first generation that it follows, where it stitched. */
  readonly _id: string;
  readonly tenant_id: TenantId;
  /** The generation that it read. */
  readonly generation: number;
  readonly outcome: 'stitched' | 'unchanged';
  readonly started_at: IsoTime;
  readonly finished_at: IsoTime;
  /** Milliseconds by phase: `load`, those of the computation, `write`. */
  readonly durations_ms: Readonly<Record<string, number>>;
  /** What had asked for it, the first ones by name, of `requests` in all. */
  readonly triggered_by: readonly RaisedTrigger[];
  readonly requests: number;
  /** Version of the settings that it went by; 0 where nothing was ever decided. */
  readonly settings_version: number;
  readonly counts: {
    readonly entities: number;
    readonly edges: number;
    readonly policy_documents: number;
    readonly correlations: StitchWrites;
    readonly identities: StitchWrites;
    readonly paths: StitchWrites;
    readonly unsettled: Unsettled;
    readonly ambiguities: number;
  };
  /** The first of them. */
  readonly ambiguities: readonly StitchAmbiguity[];
  /** Rules that threw: what they had found before stays. */
  readonly failed_rules: readonly FailedRule[];
  readonly problems: readonly StitchProblem[];
}

/** By the first generation that it follows: a stitch that was killed and is done again is the same run, whatever came meanwhile. */
export const stitchRunId = (tenant_id: TenantId, first_generation: number): string =>
  derivedId(tenant_id, 'STITCH', `${first_generation}`);
