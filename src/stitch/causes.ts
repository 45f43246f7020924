import type { RetiredBecause } from '../correlations/correlation.ts';
import { type CorrelationSettings, decisionOn } from '../correlations/settings.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { Cause } from '../paths/cause.ts';
import type { FoundCorrelation, StitchedCorrelation } from './stitched-correlation.ts';
import type { FoundIdentity } from './stitched-identity.ts';

/** What was and is, for whoever asks why something differs. */
export interface CauseContext {
  readonly settings: CorrelationSettings;
  /** When the stitch before this one began: decisions after it are news. */
  readonly since: IsoTime | undefined;
  /** Correlations that stood before, and those that stand now, by id. */
  readonly was: ReadonlyMap<string, FoundCorrelation>;
  readonly is: ReadonlyMap<string, FoundCorrelation>;
  /** The identity that now stands for one that is gone. */
  readonly successorOf: (id: string) => FoundIdentity | undefined;
}

/** Correlations that are named as the cause of one change; a class of thousands has thousands. */
const MOST_NAMED = 20;

const RETIRED: Readonly<Record<RetiredBecause, string>> = {
  rule_off: 'the rule is switched off',
  pair_forbidden: 'the pair is forbidden',
  ambiguous: 'its left now matches several rights',
  entity_gone: 'one of the two is not there any more',
  no_longer_agrees: 'what agreed does not agree any more',
};

/** Why a correlation came, changed or went. */
export function causesOfCorrelation(
  before: StitchedCorrelation | undefined,
  after: FoundCorrelation | undefined,
  retired_because: RetiredBecause | undefined,
  context: CauseContext,
): readonly Cause[] {
  if (!after) {
    const code = retired_because ?? 'unknown';
    const message = retired_because ? RETIRED[retired_because] : 'it is not found any more';
    return [{ code, message: before ? `${titleOf(before)}: ${message}` : message, subject: before?.rule_id ?? '' }];
  }
  if (before?.status === 'active') {
    return [
      { code: 'property_changed', message: `${titleOf(after)}: it rests on other fields now`, subject: after._id },
    ];
  }
  const message = `${titleOf(after)}: ${agreed(after)}`;
  if (before?.retired_because === 'rule_off')
    return [decisionFor(after, context) ?? { code: 'rule_on', message, subject: after.rule_id }];
  if (before?.retired_because === 'pair_forbidden') return [{ code: 'pair_allowed', message, subject: after.rule_id }];
  return [decisionFor(after, context) ?? { code: 'first_seen', message, subject: after._id }];
}

/** The decision of the tenant since the last stitch that lets a correlation stand, if there is one. */
function decisionFor({ rule_id, left, right }: FoundCorrelation, { settings, since }: CauseContext): Cause | undefined {
  const isNew = ({ changed_at }: { readonly changed_at: IsoTime }): boolean =>
    since === undefined || changed_at >= since;
  const pair = settings.pairs.find(
    (one) =>
      one.decision === 'allow' &&
      (one.rule_id ?? rule_id) === rule_id &&
      [one.left, one.right].toSorted().join() === [left.id, right.id].toSorted().join(),
  );
  if (pair && isNew(pair) && decisionOn(rule_id, left.id, right.id, settings) === 'allow') {
    return { code: 'pair_allowed', message: `${pair.changed_by} allowed the pair: ${pair.reason}`, subject: rule_id };
  }
  const rule = settings.rules.find((one) => one.rule_id === rule_id && one.enabled);
  if (rule && isNew(rule)) {
    return { code: 'rule_on', message: `${rule.changed_by} switched ${rule_id} on: ${rule.reason}`, subject: rule_id };
  }
  return undefined;
}

/** Why an identity came, changed or went. */
export function causesOfIdentity(
  before: FoundIdentity | undefined,
  after: FoundIdentity | undefined,
  { was, is, successorOf }: CauseContext,
): readonly Cause[] {
  const had = new Set(before?.correlation_ids);
  const has = new Set(after?.correlation_ids);
  const came = [...has].filter((id) => !had.has(id) && !was.has(id));
  const went = [...had].filter((id) => !has.has(id) && !is.has(id));
  const causes: Cause[] = [
    ...came.map((id) => caused('correlation_appeared', is.get(id), id)),
    ...went.map((id) => caused('correlation_went', was.get(id), id)),
  ];
  const successor = before && !after ? successorOf(before._id) : undefined;
  if (successor) {
    const message = `it is one with ${successor.display_name} now`;
    causes.push({ code: 'replaced_by_better', message, subject: successor._id });
  }
  if (causes.length === 0) {
    return before && after
      ? [{ code: 'property_changed', message: 'records or properties of it changed', subject: after._id }]
      : [{ code: 'unknown', message: 'its records are joined otherwise now', subject: (after ?? before)?._id ?? '' }];
  }
  return causes.slice(0, MOST_NAMED);
}

const caused = (code: Cause['code'], correlation: FoundCorrelation | undefined, id: string): Cause => ({
  code,
  message: correlation ? `${titleOf(correlation)}: ${agreed(correlation)}` : 'a correlation that is not known any more',
  subject: id,
});

const titleOf = ({ rule_id, left, right }: Pick<FoundCorrelation, 'rule_id' | 'left' | 'right'>): string =>
  `${rule_id}: ${left.display_name} and ${right.display_name}`;

const agreed = ({ evidence }: FoundCorrelation): string => `they agree on ${evidence.map(({ key }) => key).join(', ')}`;
