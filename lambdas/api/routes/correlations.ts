import * as z from 'zod';
import type { CorrelationStore } from '../../../src/store/correlations.ts';
import { ExplanationAnswer } from '../answers/correlation-rules.ts';
import { CORRELATION_STATUSES, CorrelationAnswer, shown } from '../answers/correlations.ts';
import { listOf } from '../answers/exactly.ts';
import { DerivedId, Name, RuleId } from '../filters.ts';
import type { GraphQuestions } from '../graph-questions.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { entityNamed, type SeenEntityDeps } from '../seen-entities.ts';

export interface CorrelationDeps extends SeenEntityDeps {
  readonly correlations: Pick<CorrelationStore, 'list'>;
  readonly graph: Pick<GraphQuestions, 'explain'>;
}

const CorrelationFilter = Page.extend({
  rule_id: RuleId.optional(),
  status: z.enum(CORRELATION_STATUSES).optional(),
  entity: DerivedId.optional().describe('The id of an entity that is its left or right'),
});

const PairQuery = z.strictObject({
  left: Name.describe('The id or ARN of an entity'),
  right: Name.describe('The id or ARN of another'),
});

export const correlationRoutes = (deps: CorrelationDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/correlations',
      summary: 'List what rules joined, and had joined',
      permission: 'correlations:read',
      status: 200,
      query: CorrelationFilter,
      answer: listOf(CorrelationAnswer),
    },
    async ({ query: { limit, cursor, ...filter }, caller }) => {
      const after = positionOf('correlations', cursor, DerivedId);
      const rows = await deps.correlations.list(caller, filter, limit + 1, after);
      return pageOf('correlations', rows.map(shown), limit, ({ _id }) => _id);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/correlations/explain',
      summary: 'Ask why two entities are joined, or are not: what every rule makes of them',
      permission: 'correlations:read',
      status: 200,
      query: PairQuery,
      answer: ExplanationAnswer,
      problems: ['not_found', 'estate_too_large', 'timeout'],
    },
    async ({ query, caller }) => {
      const pair = {
        left: await entityNamed(deps, caller, 'left', query.left),
        right: await entityNamed(deps, caller, 'right', query.right),
      };
      return deps.graph.explain(caller, pair);
    },
  ),
];
