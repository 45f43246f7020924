import * as z from 'zod';
import { CAUSE_CODES, type Cause } from '../../../src/paths/cause.ts';
import { STITCHED_KINDS, type StitchAuditEntry } from '../../../src/stitch/audit-entry.ts';
import { AnyJson, exactly, Time } from './exactly.ts';

export const STITCHED_CHANGES = ['appeared', 'changed', 'went'] as const;

/** Why something appeared, changed or went. */
export const CauseAnswer = exactly<Cause>()(
  z.strictObject({
    code: z.enum(CAUSE_CODES),
    message: z.string().describe('In words, with the record that it is about'),
    subject: z.string().exactOptional().describe('The edge, entity, correlation or rule that it is about'),
    run_id: z.string().exactOptional().describe('The scan that saw the change'),
  }),
).meta({ id: 'Cause' });

/** An entry as callers see it. */
export type ShownStitchAudit = Omit<StitchAuditEntry, 'members' | 'before_hash' | 'after_hash'>;

/** An entry without what is ours alone. */
export function shownEntry(entry: StitchAuditEntry): ShownStitchAudit {
  const { members: _members, before_hash: _before, after_hash: _after, ...rest } = entry;
  return rest;
}

/** Something that a stitch made appear, change or go. */
export const StitchAuditAnswer = exactly<ShownStitchAudit>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    stitch_run_id: z.string(),
    generation: z.int(),
    at: Time,
    kind: z.enum(STITCHED_KINDS),
    id: z.string().describe('Of the correlation, identity or path'),
    change: z.enum(STITCHED_CHANGES),
    causes: z.array(CauseAnswer),
    before: AnyJson.exactOptional().describe('What it was, in short'),
    after: AnyJson.exactOptional().describe('What it is, in short'),
  }),
).meta({ id: 'StitchAuditEntry' });
