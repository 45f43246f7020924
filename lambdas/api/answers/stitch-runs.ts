import * as z from 'zod';
import type { Unsettled } from '../../../src/stitch/computation.ts';
import type { StitchRun, StitchWrites } from '../../../src/stitch/stitch-run.ts';
import { exactly, Time } from './exactly.ts';

const Count = z.int().min(0);

const Writes = exactly<StitchWrites>()(
  z.strictObject({ added: Count, changed: Count, removed: Count, unchanged: Count }),
);

const UnsettledAnswer = exactly<Unsettled>()(
  z.strictObject({
    can_assume: Count,
    can_access: Count,
    unclassified_resources: Count.describe('Resources of which the tags could not be read'),
    workloads_cut_short: Count.describe('Workloads from which chains went on after the most hops'),
  }),
);

/** A stitch as callers see it: of the problems, those with records of a workspace that they see. */
export type ShownStitchRun = Omit<StitchRun, 'problems'> & { readonly problems: readonly string[] };

/** What one stitch did. */
export const StitchRunAnswer = exactly<ShownStitchRun>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    generation: z.int().describe('The generation of changes that it read'),
    outcome: z.enum(['stitched', 'unchanged']),
    started_at: Time,
    finished_at: Time,
    durations_ms: z.record(z.string(), z.number().min(0)),
    counts: z.strictObject({
      entities: Count,
      edges: Count,
      policy_documents: Count,
      paths: Writes,
      unsettled: UnsettledAnswer.describe('What the search met and could not settle'),
    }),
    problems: z.array(z.string()).describe('What could not be used, and where; of records that the caller may see'),
  }),
).meta({ id: 'StitchRun' });
