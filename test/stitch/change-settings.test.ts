import { describe, expect, it } from 'vitest';
import { noSettings } from '../../src/correlations/settings.ts';
import {
  CorrelationSettingsChange,
  changeSettings,
  MOST_PAIRS,
  type SettingsContext,
} from '../../src/stitch/change-settings.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const CONTEXT: SettingsContext = {
  rule_ids: new Set(['rule-a', 'rule-b']),
  entity_ids: new Set(['one', 'two']),
  actor: 'ada',
  now: NOW,
};
const NOTHING = noSettings('nimbus');
const aRule = (rule_id: string, enabled: boolean, reason = 'noise') => ({ rule_id, enabled, reason });
const aPair = (left: string, right: string, more: Readonly<Record<string, unknown>> = {}) => ({
  left,
  right,
  decision: 'forbid' as const,
  reason: 'not the same',
  ...more,
});
const change = (body: unknown, before = NOTHING, context = CONTEXT) =>
  changeSettings(before, CorrelationSettingsChange.parse({ version: before.version, ...Object(body) }), context);

/** Fields that a refused change names. */
function refused(body: unknown, before = NOTHING): unknown {
  try {
    change(body, before);
  } catch (error) {
    if (error && typeof error === 'object' && 'details' in error) return { ...error }.details;
  }
  return 'accepted';
}

describe('a change of settings', () => {
  it('is stamped with who, when and why, ordered, and counted', () => {
    const { settings, differences } = change({
      rules: [aRule('rule-b', false), aRule('rule-a', true)],
      pairs: [aPair('two', 'one')],
    });
    const by = { changed_by: 'ada', changed_at: NOW.toISOString() };
    expect(settings).toEqual({
      _id: 'nimbus',
      tenant_id: 'nimbus',
      version: 1,
      rules: [
        { ...aRule('rule-a', true), ...by },
        { ...aRule('rule-b', false), ...by },
      ],
      pairs: [{ ...aPair('two', 'one'), ...by }],
      updated_at: NOW.toISOString(),
      updated_by: 'ada',
    });
    expect(differences).toHaveLength(3);
  });

  it('leaves what was decided before, for the same reason, to whoever decided it', () => {
    const before = change({ rules: [aRule('rule-a', false)], pairs: [aPair('one', 'two')] }).settings;
    const later = { ...CONTEXT, actor: 'grace', now: new Date('2026-11-22T12:00:00.000Z') };
    const { settings, differences } = change(
      { rules: [aRule('rule-a', false), aRule('rule-b', true)], pairs: [aPair('one', 'two')] },
      before,
      later,
    );
    expect(settings.rules.map(({ changed_by }) => changed_by)).toEqual(['ada', 'grace']);
    expect(settings.pairs.map(({ changed_by }) => changed_by)).toEqual(['ada']);
    expect(differences).toMatchObject([{ what: 'rule', change: 'decided', rule_id: 'rule-b' }]);
    const another_reason = change({ rules: [aRule('rule-a', false, 'told so')], pairs: [] }, before, later);
    expect(another_reason.settings.rules.map(({ changed_by }) => changed_by)).toEqual(['grace']);
    expect(another_reason.differences).toMatchObject([
      { what: 'rule', change: 'ended' },
      { what: 'rule', change: 'decided', reason: 'told so' },
      { what: 'pair', change: 'ended', left: 'one' },
    ]);
  });

  it('to what holds already is none', () => {
    const before = change({ rules: [aRule('rule-a', false)] }).settings;
    expect(change({ rules: [aRule('rule-a', false)] }, before)).toEqual({ settings: before, differences: [] });
  });

  it('of another version is a conflict', () => {
    const before = change({ rules: [aRule('rule-a', false)] }).settings;
    expect(() => change({ version: 0, rules: [] }, before)).toThrow(expect.objectContaining({ code: 'conflict' }));
  });

  it.each([
    ['a rule that there is not', { rules: [aRule('rule-z', true)] }, ['rules[0].rule_id']],
    ['a rule twice', { rules: [aRule('rule-a', true), aRule('rule-a', false)] }, ['rules[1].rule_id']],
    [
      'a pair of a rule that there is not',
      { pairs: [aPair('one', 'two', { rule_id: 'rule-z' })] },
      ['pairs[0].rule_id'],
    ],
    ['a pair of one', { pairs: [aPair('one', 'one')] }, ['pairs[0]']],
    ['a pair twice, the other way round', { pairs: [aPair('one', 'two'), aPair('two', 'one')] }, ['pairs[1]']],
    ['an entity that there is not', { pairs: [aPair('one', 'six')] }, ['pairs[0].right']],
  ])('that names %s is refused, field by field', (_what, body, fields) => {
    expect(refused(body)).toEqual({ errors: fields.map((field) => expect.objectContaining({ field })) });
  });

  it('may keep a pair of which one is gone, and may end it', () => {
    const before = change({ pairs: [aPair('one', 'two')] }).settings;
    const gone = { ...CONTEXT, entity_ids: new Set<string>() };
    expect(change({ pairs: [aPair('one', 'two')] }, before, gone).differences).toEqual([]);
    expect(change({ pairs: [aPair('one', 'two', { decision: 'allow' })] }, before, gone).settings.version).toBe(2);
    expect(change({ pairs: [] }, before, gone).settings.pairs).toEqual([]);
  });
});

describe('the body of a change', () => {
  const parses = (body: unknown): boolean => CorrelationSettingsChange.safeParse(body).success;

  it('needs a version, and a reason for each decision', () => {
    expect(parses({ version: 0 })).toBe(true);
    expect(parses({ rules: [] })).toBe(false);
    expect(parses({ version: 0, rules: [{ rule_id: 'rule-a', enabled: true }] })).toBe(false);
    expect(parses({ version: 0, rules: [aRule('rule-a', true, '  ')] })).toBe(false);
    expect(parses({ version: 0, pairs: [aPair('one', 'two', { reason: 'x'.repeat(501) })] })).toBe(false);
  });

  it('takes so many pairs and no more, and nothing that it does not know', () => {
    const pairs = (count: number) => Array.from({ length: count }, (_, index) => aPair('one', `${index}`));
    expect(parses({ version: 0, pairs: pairs(MOST_PAIRS) })).toBe(true);
    expect(parses({ version: 0, pairs: pairs(MOST_PAIRS + 1) })).toBe(false);
    expect(parses({ version: 0, tenant_id: 'acme' })).toBe(false);
  });
});
