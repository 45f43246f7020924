import * as z from 'zod';
import type { Ambiguity, FailedRule } from '../../../src/correlations/correlation.ts';
import type { Visibility } from '../../../src/kernel/ids.ts';
import type { Unsettled } from '../../../src/stitch/computation.ts';
import { isVisible } from '../../../src/stitch/members.ts';
import type { StitchRun, StitchWrites } from '../../../src/stitch/stitch-run.ts';
import { type RaisedTrigger, TRIGGER_KINDS } from '../../../src/stitch/stitch-trigger.ts';
import { CorrelatedAnswer } from './correlations.ts';
import { exactly, Time } from './exactly.ts';

const Count = z.int().min(0);

export const WritesAnswer = exactly<StitchWrites>()(
  z.strictObject({ added: Count, changed: Count, removed: Count, unchanged: Count }),
);

const UnsettledAnswer = exactly<Unsettled>()(
  z.strictObject({
    can_assume: Count,
    can_control: Count,
    can_access: Count,
    unclassified_resources: Count.describe('Resources of which the tags could not be read'),
    workloads_cut_short: Count.describe('Workloads from which chains went on after the most hops'),
  }),
);

const TriggerAnswer = exactly<RaisedTrigger>()(
  z.strictObject({
    kind: z.enum(TRIGGER_KINDS),
    by: z.string().describe('The run, the version of the settings, or the subject of a token'),
    workspace_id: z.string().exactOptional().describe('Of the run'),
    generation: z.int().describe('To which it raised the tenant'),
  }),
);

const AmbiguityAnswer = exactly<Ambiguity>()(
  z.strictObject({
    rule_id: z.string(),
    left: CorrelatedAnswer,
    rights: z.array(CorrelatedAnswer),
    more_rights: z.boolean().describe('There are more rights than these'),
    key: z.string().describe('What all of them have in common'),
  }),
);

export const FailedRuleAnswer = exactly<FailedRule>()(z.strictObject({ rule_id: z.string(), message: z.string() }));

/** A stitch as callers see it: of what names records, that of which they see every workspace. */
export type ShownStitchRun = Omit<StitchRun, 'problems' | 'ambiguities'> & {
  readonly problems: readonly string[];
  readonly ambiguities: readonly Ambiguity[];
};

/** A stitch is the tenant's; its problems, ambiguities and triggers name what is single workspaces': those are for who sees it. */
export const shownStitch = (run: StitchRun, { workspace_ids }: Visibility): ShownStitchRun => ({
  ...run,
  triggered_by: run.triggered_by.filter(
    ({ workspace_id }) => workspace_id === undefined || workspace_ids.includes(workspace_id),
  ),
  ambiguities: run.ambiguities
    .filter(({ members }) => isVisible(members, workspace_ids))
    .map(({ members: _members, ...ambiguity }) => ambiguity),
  problems: run.problems
    .filter((problem) => problem.workspace_ids.some((id) => workspace_ids.includes(id)))
    .map(({ message }) => message),
});

/** What one stitch did. */
export const StitchRunAnswer = exactly<ShownStitchRun>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    generation: z.int().describe('The generation of changes that it read'),
    outcome: z.enum(['stitched', 'unchanged']),
    started_at: Time,
    finished_at: Time,
    durations_ms: z.record(z.string(), z.number().min(0)).describe('By phase'),
    triggered_by: z.array(TriggerAnswer).describe('What had asked for it, the first ones'),
    requests: Count.describe('How often it had been asked for'),
    settings_version: Count.describe('Of the correlation settings that it went by; 0: nothing was ever decided'),
    counts: z.strictObject({
      entities: Count,
      edges: Count,
      policy_documents: Count,
      correlations: WritesAnswer,
      identities: WritesAnswer,
      paths: WritesAnswer,
      unsettled: UnsettledAnswer.describe('What the search met and could not settle'),
      ambiguities: Count,
    }),
    ambiguities: z
      .array(AmbiguityAnswer)
      .describe('The first lefts that match several rights: nothing is joined there'),
    failed_rules: z.array(FailedRuleAnswer).describe('Rules that failed: what they had found before stays'),
    problems: z.array(z.string()).describe('What could not be used, and where; of records that the caller may see'),
  }),
).meta({ id: 'StitchRun' });

/** A stitch that was asked for. */
export interface StitchRequested {
  readonly tenant_id: string;
  readonly generation: number;
}

/** What somebody who asked for a stitch is told. */
export const StitchRequestedAnswer = exactly<StitchRequested>()(
  z.strictObject({
    tenant_id: z.string(),
    generation: z.int().min(1).describe('Done when a stitch of this generation, or of a later one, is `stitched`'),
  }),
).meta({ id: 'StitchRequested' });
