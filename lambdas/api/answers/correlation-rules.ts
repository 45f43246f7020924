import * as z from 'zod';
import type { PairExplanation, RuleNotTried, RuleTried, SideTried } from '../../../src/correlations/explain.ts';
import type { NearMiss } from '../../../src/correlations/near-miss.ts';
import type { CorrelationRule, Presented, RuleSide } from '../../../src/correlations/rule.ts';
import type { RuleSetting } from '../../../src/correlations/settings.ts';
import { CONFIDENCES, CorrelatedAnswer, EFFECTS } from './correlations.ts';
import { exactly, Time } from './exactly.ts';
import { AgreedAnswer, Condition, FieldAnswer, TypeOfEntity } from './paths.ts';

/** A rule's declaration, and how it is set for the tenant. */
export type ShownRule = Omit<CorrelationRule, 'left' | 'right' | 'look_alikes'> & {
  readonly left: Omit<RuleSide, 'present' | 'look_alikes'>;
  readonly right: Omit<RuleSide, 'present' | 'look_alikes'>;
  /** Whether it looks at all pairs now. */
  readonly enabled: boolean;
  /** What the tenant decided, where it did. */
  readonly setting?: RuleSetting;
};

const Side = exactly<ShownRule['left']>()(
  z.strictObject({
    entity_types: z.array(TypeOfEntity),
    presents: z.string().describe('What the rule looks for on this side'),
  }),
);

/** What a tenant decided about a rule. */
export const RuleSettingAnswer = exactly<RuleSetting>()(
  z.strictObject({
    rule_id: z.string(),
    enabled: z.boolean(),
    reason: z.string(),
    changed_by: z.string(),
    changed_at: Time,
  }),
).meta({ id: 'RuleSetting' });

/** A rule of what is the same, or bridged, across systems. */
export const RuleAnswer = exactly<ShownRule>()(
  z.strictObject({
    id: z.string(),
    title: z.string(),
    explanation: z.string().describe('What must agree, why that proves it, and what it does not match'),
    effect: z.enum(EFFECTS),
    confidence: z.enum(CONFIDENCES),
    default_enabled: z.boolean(),
    left: Side,
    right: Side,
    enabled: z.boolean().describe('Whether it is on for your tenant'),
    setting: RuleSettingAnswer.exactOptional().describe('Absent where it is as it is by default'),
  }),
).meta({ id: 'CorrelationRule' });

const PresentedAnswer = exactly<Presented>()(
  z.strictObject({
    key: z.string().describe('What it would be known by'),
    fields: z.array(FieldAnswer),
    conditions: z.array(Condition).exactOptional().describe('What must hold for it; absent where it simply holds'),
  }),
);

const SideTriedAnswer = exactly<SideTried>()(
  z.strictObject({
    entity: CorrelatedAnswer,
    presents: z.string().describe('What the rule looks for on this side'),
    presented: z.array(PresentedAnswer).describe('What the entity shows of it'),
  }),
);

const NearMissAnswer = exactly<NearMiss>()(
  z.strictObject({
    differs_in: z.enum(['case', 'tenant', 'issuer', 'scheme', 'port', 'path', 'immutable_id']),
    message: z.string(),
    left: PresentedAnswer,
    right: PresentedAnswer,
  }),
);

const TriedAnswer = exactly<RuleTried>()(
  z.strictObject({
    rule_id: z.string(),
    title: z.string(),
    effect: z.enum(EFFECTS),
    enabled: z.boolean(),
    decision: z.enum(['forbid', 'allow']).nullable().describe('What the tenant decided about the pair'),
    left: SideTriedAnswer,
    right: SideTriedAnswer,
    agrees_on: z.array(AgreedAnswer),
    near_misses: z.array(NearMissAnswer).describe('What is almost the same, and joins nothing'),
    other_rights: z.array(CorrelatedAnswer).describe('What else the left matches'),
    outcome: z.enum(['joined', 'ambiguous', 'forbidden', 'rule_off', 'differs', 'failed']),
    message: z.string().describe('The outcome in a sentence'),
  }),
);

const NotTriedAnswer = exactly<RuleNotTried>()(z.strictObject({ rule_id: z.string(), because: z.string() }));

/** What every rule makes of a pair. */
export const ExplanationAnswer = exactly<PairExplanation>()(
  z.strictObject({
    left: CorrelatedAnswer,
    right: CorrelatedAnswer,
    rules: z.array(TriedAnswer).describe('Those that are about entities of these types'),
    not_tried: z.array(NotTriedAnswer),
  }),
).meta({ id: 'PairExplanation' });
