import * as z from 'zod';
import type { CorrelationSettings, PairSetting, RuleSetting } from '../correlations/settings.ts';
import { hashOf, type Json } from '../kernel/canonical.ts';
import { AppError } from '../kernel/failures.ts';
import { type IsoTime, isoTime } from '../kernel/time.ts';

/** Pairs that one tenant may decide about. */
export const MOST_PAIRS = 1_000;

const Reason = z.string().trim().min(1, 'must say why').max(500);
const Id = z.string().min(1).max(2_048);

/** PUT /api/v1/correlation-settings: everything that is to hold from now on, in the place of the version named. */
export const CorrelationSettingsChange = z.strictObject({
  version: z.int().min(0),
  rules: z
    .array(z.strictObject({ rule_id: Id, enabled: z.boolean(), reason: Reason }))
    .max(100)
    .default([]),
  pairs: z
    .array(
      z.strictObject({
        rule_id: Id.exactOptional(),
        left: Id,
        right: Id,
        decision: z.enum(['forbid', 'allow']),
        reason: Reason,
      }),
    )
    .max(MOST_PAIRS, `must be at most ${MOST_PAIRS} pairs`)
    .default([]),
});
export type CorrelationSettingsChange = z.infer<typeof CorrelationSettingsChange>;

/** What a change of settings is held against. */
export interface SettingsContext {
  readonly rule_ids: ReadonlySet<string>;
  /** Of the entities that the pairs name: those that exist and that the caller sees. */
  readonly entity_ids: ReadonlySet<string>;
  readonly actor: string;
  readonly now: Date;
}

/** Settings as they are to be, and what differs; nothing where nothing does. */
export interface ChangedSettings {
  readonly settings: CorrelationSettings;
  /** The decisions that came, went or are otherwise now: for the audit. */
  readonly differences: readonly Json[];
}

/**
 * Settings after a change: a decision that was there before, for the same reason, stays whose it was. Throws AppError `conflict`
 * where the version is another, and `body_invalid`, field by field, for a rule that there is not, for an entity that there is
 * not unless the pair was there before, for a rule or pair that is named twice, and for a pair of one.
 */
export function changeSettings(
  before: CorrelationSettings,
  change: CorrelationSettingsChange,
  context: SettingsContext,
): ChangedSettings {
  if (change.version !== before.version) {
    throw new AppError('conflict', `the settings are at version ${before.version}, not at ${change.version}`, {
      details: { version: before.version },
    });
  }
  const errors = [...ruleErrors(change, context), ...pairErrors(before, change, context)];
  if (errors.length > 0) {
    throw new AppError('body_invalid', errors.map(({ field, message }) => `${field}: ${message}`).join('; '), {
      details: { errors },
    });
  }
  const decided = { changed_by: context.actor, changed_at: isoTime(context.now) };
  const rules = change.rules.map((rule) => kept(before.rules, rule) ?? { ...rule, ...decided });
  const pairs = change.pairs.map((pair) => kept(before.pairs, pair) ?? { ...pair, ...decided });
  const differences = [...differencesOf('rule', before.rules, rules), ...differencesOf('pair', before.pairs, pairs)];
  if (differences.length === 0) return { settings: before, differences };
  return {
    settings: {
      _id: before._id,
      tenant_id: before.tenant_id,
      version: before.version + 1,
      rules: rules.toSorted((a, b) => order(keyOfRule(a), keyOfRule(b))),
      pairs: pairs.toSorted((a, b) => order(keyOfPair(a), keyOfPair(b))),
      updated_at: decided.changed_at,
      updated_by: context.actor,
    },
    differences,
  };
}

type Decision = RuleSetting | PairSetting;
type Wanted = CorrelationSettingsChange['rules'][number] | CorrelationSettingsChange['pairs'][number];
interface FieldError {
  readonly field: string;
  readonly message: string;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const keyOfRule = ({ rule_id }: { readonly rule_id: string }): string => rule_id;

/** A pair is the same whichever of the two is named first. */
const keyOfPair = ({ rule_id = '', left, right }: CorrelationSettingsChange['pairs'][number]): string =>
  [rule_id, ...[left, right].sort()].join(' ');

const decisionOf = <D extends Wanted & { readonly changed_by?: string; readonly changed_at?: IsoTime }>({
  changed_by: _by,
  changed_at: _at,
  ...decision
}: D): string => hashOf(decision);

const kept = <D extends Decision>(before: readonly D[], wanted: Wanted): D | undefined =>
  before.find((one) => decisionOf(one) === hashOf(wanted));

function* ruleErrors({ rules }: CorrelationSettingsChange, { rule_ids }: SettingsContext): Generator<FieldError> {
  const named = new Set<string>();
  for (const [index, rule] of rules.entries()) {
    const field = `rules[${index}].rule_id`;
    if (!rule_ids.has(rule.rule_id)) yield { field, message: `there is no rule ${rule.rule_id}` };
    if (named.has(rule.rule_id)) yield { field, message: 'is named twice' };
    named.add(rule.rule_id);
  }
}

function* pairErrors(
  before: CorrelationSettings,
  { pairs }: CorrelationSettingsChange,
  { rule_ids, entity_ids }: SettingsContext,
): Generator<FieldError> {
  const known = new Set(before.pairs.map(keyOfPair));
  const named = new Set<string>();
  for (const [index, pair] of pairs.entries()) {
    const field = `pairs[${index}]`;
    const key = keyOfPair(pair);
    if (pair.rule_id !== undefined && !rule_ids.has(pair.rule_id)) {
      yield { field: `${field}.rule_id`, message: `there is no rule ${pair.rule_id}` };
    }
    if (pair.left === pair.right) yield { field, message: 'must name two entities' };
    if (named.has(key)) yield { field, message: 'is named twice' };
    named.add(key);
    // Of a pair that was decided about, one may be gone by now: that is no reason to forget the decision.
    if (known.has(key)) continue;
    for (const side of ['left', 'right'] as const) {
      if (!entity_ids.has(pair[side])) yield { field: `${field}.${side}`, message: `there is no entity ${pair[side]}` };
    }
  }
}

function differencesOf<D extends Decision>(what: string, before: readonly D[], after: readonly D[]): readonly Json[] {
  const was = new Map(before.map((one) => [hashOf(one), one]));
  const is = new Map(after.map((one) => [hashOf(one), one]));
  const told = (change: string, one: D): Json => ({ what, change, ...one });
  return [
    ...[...was].filter(([hash]) => !is.has(hash)).map(([, one]) => told('ended', one)),
    ...[...is].filter(([hash]) => !was.has(hash)).map(([, one]) => told('decided', one)),
  ];
}
