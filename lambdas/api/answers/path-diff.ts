import * as z from 'zod';
import type { BriefPath } from '../../../src/stitch/brief.ts';
import type { PathDifference } from '../../../src/stitch/diff.ts';
import { exactly } from './exactly.ts';
import { CauseAnswer } from './stitch-audit.ts';

const BriefEntity = z.strictObject({
  entity_type: z.string(),
  source_record_id: z.string(),
  display_name: z.string(),
});

/** A path in short: its ends, what it comes to, and its hops by name. */
export const BriefPathAnswer = exactly<BriefPath>()(
  z.strictObject({
    workload: BriefEntity,
    resource: BriefEntity,
    access_level: z.string(),
    verdict: z.enum(['allowed', 'conditional']),
    conditions: z.array(z.string()).describe('What must hold, in words'),
    hops: z.array(z.strictObject({ edge_type: z.string(), from: z.string(), to: z.string() })),
  }),
).meta({ id: 'BriefPath' });

/** What became of a path between two stitches. */
export const PathDifferenceAnswer = exactly<PathDifference>()(
  z.strictObject({
    path_id: z.string(),
    change: z.enum(['appeared', 'disappeared', 'verdict_changed']),
    before: BriefPathAnswer.exactOptional(),
    after: BriefPathAnswer.exactOptional(),
    causes: z.array(CauseAnswer),
    stitch_run_id: z.string().describe('The stitch that brought the last of it'),
  }),
).meta({ id: 'PathDifference' });
