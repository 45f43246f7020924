import * as z from 'zod';
import type { CorrelationSettings, PairSetting } from '../../../src/correlations/settings.ts';
import { RuleSettingAnswer } from './correlation-rules.ts';
import { exactly, Time } from './exactly.ts';

/** Settings as callers see them: there is one such thing for a tenant. */
export type ShownSettings = Omit<CorrelationSettings, '_id'>;

const Pair = exactly<PairSetting>()(
  z.strictObject({
    rule_id: z.string().exactOptional().describe('Only for this rule; without it, for every rule'),
    left: z.string(),
    right: z.string(),
    decision: z
      .enum(['forbid', 'allow'])
      .describe('`forbid`: no rule joins them; `allow`: joined where a rule matches them, though ambiguous or off'),
    reason: z.string(),
    changed_by: z.string(),
    changed_at: Time,
  }),
).meta({ id: 'PairSetting' });

/** What a tenant decided about correlations. */
export const SettingsAnswer = exactly<ShownSettings>()(
  z.strictObject({
    tenant_id: z.string(),
    version: z.int().min(0).describe('A change names the version that it replaces'),
    rules: z
      .array(RuleSettingAnswer)
      .describe('Rules that are otherwise than by default, or that somebody decided about'),
    pairs: z.array(Pair).describe('Of those about entities that you see'),
    updated_at: Time.exactOptional(),
    updated_by: z.string().exactOptional(),
  }),
).meta({ id: 'CorrelationSettings' });
