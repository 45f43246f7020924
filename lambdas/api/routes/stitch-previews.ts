import * as z from 'zod';
import { noSettings } from '../../../src/correlations/settings.ts';
import { changeSettings, MOST_PAIRS } from '../../../src/stitch/change-settings.ts';
import { PreviewAnswer } from '../answers/previews.ts';
import type { Caller } from '../caller.ts';
import type { Edge } from '../edge.ts';
import { DerivedId, RuleId } from '../filters.ts';
import type { GraphQuestions } from '../graph-questions.ts';
import { type Route, route } from '../route.ts';
import { type SeenEntityDeps, seenAmong } from '../seen-entities.ts';
import { RULE_IDS } from './correlation-settings.ts';

export interface StitchPreviewDeps extends SeenEntityDeps, Pick<Edge, 'now'> {
  readonly graph: Pick<GraphQuestions, 'preview'>;
}

const Decisions = z.strictObject({
  rules: z
    .array(z.strictObject({ rule_id: RuleId, enabled: z.boolean() }))
    .max(100)
    .default([]),
  pairs: z
    .array(
      z.strictObject({
        rule_id: RuleId.exactOptional(),
        left: DerivedId,
        right: DerivedId,
        decision: z.enum(['forbid', 'allow']),
      }),
    )
    .max(MOST_PAIRS)
    .default([]),
});
type Decisions = z.infer<typeof Decisions>;

export const stitchPreviewRoutes = (deps: StitchPreviewDeps): readonly Route[] => [
  route(
    {
      method: 'POST',
      path: '/stitch-runs/preview',
      summary: 'Ask what further decisions about rules and pairs would change; nothing is written',
      permission: 'correlations:read',
      asks: true,
      status: 200,
      body: Decisions,
      answer: PreviewAnswer,
      problems: ['estate_too_large', 'timeout'],
    },
    async ({ body, caller }) => {
      await assertKnown(deps, caller, body);
      return deps.graph.preview(caller, body);
    },
  ),
];

/** Throws as a change of settings that decided this would. */
async function assertKnown(deps: StitchPreviewDeps, caller: Caller, { rules, pairs }: Decisions): Promise<void> {
  const reason = 'preview';
  const change = {
    version: 0,
    rules: rules.map((rule) => ({ ...rule, reason })),
    pairs: pairs.map((pair) => ({ ...pair, reason })),
  };
  const named = [...new Set(pairs.flatMap(({ left, right }) => [left, right]))];
  const entity_ids = await seenAmong(deps, caller, named);
  changeSettings(noSettings(caller.tenant_id), change, { rule_ids: RULE_IDS, entity_ids, actor: '', now: deps.now() });
}
