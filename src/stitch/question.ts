import * as z from 'zod';
import type { PairExplanation } from '../correlations/explain.ts';
import type { PathAnswers } from '../paths/between.ts';
import type { Preview } from './preview.ts';

const EntityId = z.string().min(1).max(128);

/** How one entity reaches another, what one reaches, or who reaches it: at least one end. */
const PathsQuestion = z.strictObject({
  ask: z.literal('paths'),
  from: EntityId.exactOptional(),
  to: EntityId.exactOptional(),
  through: EntityId.exactOptional(),
  max_hops: z.int().min(1).max(20).exactOptional(),
});

/** What other decisions would change: they come on top of the tenant's own. */
const PreviewQuestion = z.strictObject({
  ask: z.literal('preview'),
  rules: z.array(z.strictObject({ rule_id: z.string(), enabled: z.boolean() })).max(100),
  pairs: z
    .array(
      z.strictObject({
        rule_id: z.string().exactOptional(),
        left: EntityId,
        right: EntityId,
        decision: z.enum(['forbid', 'allow']),
      }),
    )
    .max(1_000),
});

/** Which rules were tried on two entities, and what came of it. */
const ExplainQuestion = z.strictObject({ ask: z.literal('explain'), left: EntityId, right: EntityId });

/** A question that needs the whole graph. Entities are named by their ids. */
export const GraphQuestion = z.discriminatedUnion('ask', [PathsQuestion, PreviewQuestion, ExplainQuestion]);
export type GraphQuestion = z.infer<typeof GraphQuestion>;

/** What each question is answered with. */
export interface GraphAnswers {
  readonly paths: PathAnswers;
  readonly preview: Preview;
  readonly explain: PairExplanation;
}

/** A question, and whose: only what these workspaces see is looked at. */
export const AskedOfGraph = z.strictObject({
  tenant_id: z.string().min(1),
  workspace_ids: z.array(z.string().min(1)),
  question: GraphQuestion,
});
export type AskedOfGraph = z.infer<typeof AskedOfGraph>;
