import * as z from 'zod';
import { PathAnswersAnswer } from '../answers/path-questions.ts';
import { Name } from '../filters.ts';
import type { GraphQuestions } from '../graph-questions.ts';
import { type Route, route } from '../route.ts';
import { entityNamed, type SeenEntityDeps } from '../seen-entities.ts';

/** The most hops that a question may ask for. */
const MOST_HOPS = 12;

export interface PathQuestionDeps extends SeenEntityDeps {
  readonly graph: Pick<GraphQuestions, 'paths'>;
}

const Question = z
  .strictObject({
    from: Name.exactOptional().describe('The id or ARN of an entity; without it: who reaches `to`'),
    to: Name.exactOptional().describe('The id or ARN of an entity; without it: what `from` reaches'),
    through: Name.exactOptional().describe('Only ways through this entity'),
    max_hops: z.int().min(1).max(MOST_HOPS).exactOptional(),
  })
  .refine(({ from, to }) => from !== undefined || to !== undefined, {
    path: ['from'],
    message: 'name from, to, or both',
  });

export const pathQuestionRoutes = (deps: PathQuestionDeps): readonly Route[] => [
  route(
    {
      method: 'POST',
      path: '/paths/query',
      summary: 'Ask how one entity reaches another, what one reaches, or who reaches it',
      permission: 'paths:read',
      asks: true,
      status: 200,
      body: Question,
      answer: PathAnswersAnswer,
      problems: ['not_found', 'estate_too_large', 'timeout'],
    },
    async ({ body: { max_hops, ...ends }, caller }) => {
      const named: Record<string, string> = {};
      for (const [field, name] of Object.entries(ends)) named[field] = await entityNamed(deps, caller, field, name);
      return deps.graph.paths(caller, { ...named, ...(max_hops !== undefined && { max_hops }) });
    },
  ),
];
