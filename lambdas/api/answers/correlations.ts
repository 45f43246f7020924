import * as z from 'zod';
import type { CorrelatedEntity } from '../../../src/correlations/correlation.ts';
import type { StitchedCorrelation } from '../../../src/stitch/stitched-correlation.ts';
import { exactly, Time } from './exactly.ts';
import { AgreedAnswer, Condition, TypeOfEntity } from './paths.ts';

/** What of a stitched document is ours alone: which workspaces else claim its members is not for callers to know. */
export type Shown<D> = Omit<D, 'members' | 'content_hash'>;

/** A stitched document as callers see it. */
export function shown<D extends { readonly members: unknown; readonly content_hash: string }>(document: D): Shown<D> {
  const { members: _members, content_hash: _hash, ...rest } = document;
  return rest;
}

export const EFFECTS = ['SAME_ENTITY', 'BRIDGES_TO'] as const;
export const CONFIDENCES = ['exact', 'strong', 'indicative'] as const;
export const CORRELATION_STATUSES = ['active', 'retired'] as const;

/** An entity that a rule spoke about, named. */
export const CorrelatedAnswer = exactly<CorrelatedEntity>()(
  z.strictObject({
    id: z.string(),
    entity_type: TypeOfEntity,
    source_system_id: z.string(),
    source_record_id: z.string(),
    display_name: z.string(),
  }),
).meta({ id: 'CorrelatedEntity' });

/** Two entities that a rule joined, or had joined. */
export const CorrelationAnswer = exactly<Shown<StitchedCorrelation>>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    rule_id: z.string(),
    effect: z.enum(EFFECTS).describe('Two records of one thing, or: whoever is the left reaches the right'),
    confidence: z.enum(CONFIDENCES).describe('A constant of the rule'),
    left: CorrelatedAnswer,
    right: CorrelatedAnswer,
    evidence: z.array(AgreedAnswer),
    conditions: z.array(Condition).exactOptional().describe('What must hold for it; absent where it simply holds'),
    status: z.enum(CORRELATION_STATUSES),
    retired_because: z
      .enum(['rule_off', 'pair_forbidden', 'ambiguous', 'entity_gone', 'no_longer_agrees'])
      .exactOptional(),
    first_stitch_run_id: z.string().describe('The stitch that found it first'),
    last_stitch_run_id: z.string().describe('The stitch that wrote it last'),
    stitched_at: Time,
  }),
).meta({ id: 'Correlation' });
