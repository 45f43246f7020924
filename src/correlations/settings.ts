import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';

/** Who decided something, when and why. */
interface Decided {
  readonly reason: string;
  readonly changed_by: string;
  readonly changed_at: IsoTime;
}

/** A rule that a tenant switched on or off; one that is not listed is as the rule says by default. */
export interface RuleSetting extends Decided {
  readonly rule_id: string;
  readonly enabled: boolean;
}

/** Two entities that a tenant decided about. `forbid`: no rule joins them. `allow`: joined where a rule matches them, though it is ambiguous or off. */
export interface PairSetting extends Decided {
  /** Only for this rule; without it, for every rule. */
  readonly rule_id?: string;
  readonly left: string;
  readonly right: string;
  readonly decision: 'forbid' | 'allow';
}

/** What a tenant decided about correlations: one document of `tenant_correlation_settings`, `_id` the tenant's. */
export interface CorrelationSettings {
  readonly _id: TenantId;
  readonly tenant_id: TenantId;
  /** Counts changes: a change names the version that it replaces. 0 where nothing was ever decided. */
  readonly version: number;
  readonly rules: readonly RuleSetting[];
  readonly pairs: readonly PairSetting[];
  readonly updated_at?: IsoTime;
  readonly updated_by?: string;
}
