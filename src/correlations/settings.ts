import { byText } from '../inventory/claim.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { CorrelationRule } from './rule.ts';

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

/** The settings of a tenant that decided nothing. */
export const noSettings = (tenant_id: TenantId): CorrelationSettings => ({
  _id: tenant_id,
  tenant_id,
  version: 0,
  rules: [],
  pairs: [],
});

/** Whether a rule looks at all pairs: as the tenant says, or by default. */
export const isEnabled = (rule: CorrelationRule, { rules }: CorrelationSettings): boolean =>
  rules.find(({ rule_id }) => rule_id === rule.id)?.enabled ?? rule.default_enabled;

/** What the tenant decided about a pair, as a rule asks; forbidden goes before allowed. */
export function decisionOn(
  rule_id: string,
  a: string,
  b: string,
  { pairs }: CorrelationSettings,
): PairSetting['decision'] | null {
  const mine = pairs.filter(
    (pair) =>
      (pair.rule_id ?? rule_id) === rule_id &&
      ((pair.left === a && pair.right === b) || (pair.left === b && pair.right === a)),
  );
  if (mine.some(({ decision }) => decision === 'forbid')) return 'forbid';
  return mine.length > 0 ? 'allow' : null;
}

/** What a tenant decided about pairs, as one rule asks. */
export interface PairDecisions {
  readonly forbids: (a: string, b: string) => boolean;
  /** Whom an entity is allowed to be joined with, ordered. */
  readonly allowedWith: (id: string) => readonly string[];
  /** Every entity of an allowed pair, ordered. */
  readonly allowed: readonly string[];
}

/** The decisions that hold for a rule. A pair has no order. Who is forbidden and allowed at once is forbidden. */
export function pairDecisions({ id }: Pick<CorrelationRule, 'id'>, { pairs }: CorrelationSettings): PairDecisions {
  const mine = pairs.filter(({ rule_id }) => rule_id === undefined || rule_id === id);
  const forbidden = partners(mine.filter(({ decision }) => decision === 'forbid'));
  const allowed = partners(mine.filter(({ decision }) => decision === 'allow'));
  const forbids = (a: string, b: string): boolean => forbidden.get(a)?.has(b) ?? false;
  const allowedWith = (entity: string): readonly string[] =>
    [...(allowed.get(entity) ?? [])].filter((other) => !forbids(entity, other)).sort(byText);
  return {
    forbids,
    allowedWith,
    allowed: [...allowed.keys()].filter((entity) => allowedWith(entity).length > 0).sort(byText),
  };
}

/** For each entity of some pairs, whom it is paired with. */
function partners(pairs: readonly PairSetting[]): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map<string, Set<string>>();
  const add = (a: string, b: string): void => void known.set(a, (known.get(a) ?? new Set<string>()).add(b));
  for (const { left, right } of pairs) {
    add(left, right);
    add(right, left);
  }
  return known;
}
