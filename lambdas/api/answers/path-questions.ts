import * as z from 'zod';
import { ACCESS_LEVELS } from '../../../src/graph/access-levels.ts';
import type { PathAnswer, PathAnswers, UndeterminedHop } from '../../../src/paths/between.ts';
import { HOP_TYPES } from '../../../src/paths/path.ts';
import { exactly } from './exactly.ts';
import { ALTERNATIVES, ChainAnswer, EntityReferenceAnswer, SensitivityAnswer } from './paths.ts';

const Reached = exactly<PathAnswer>()(
  z.strictObject({
    from: EntityReferenceAnswer,
    to: EntityReferenceAnswer,
    access_level: z.enum(ACCESS_LEVELS).exactOptional().describe('Where the end is a resource'),
    sensitivity: SensitivityAnswer.exactOptional(),
    unconditional: ChainAnswer.exactOptional().describe('The shortest that holds whatever the conditions'),
    conditional: ChainAnswer.exactOptional().describe('The shortest that holds under conditions'),
    ...ALTERNATIVES,
  }),
).meta({ id: 'Reached' });

const Undetermined = exactly<UndeterminedHop>()(
  z.strictObject({
    edge_type: z.enum(HOP_TYPES),
    from: EntityReferenceAnswer,
    to: EntityReferenceAnswer,
    access_level: z.enum(ACCESS_LEVELS).exactOptional(),
  }),
);

/** What was found between two entities, from one, or to one, and everything that was left out. */
export const PathAnswersAnswer = exactly<PathAnswers>()(
  z.strictObject({
    answers: z.array(Reached),
    undetermined: z
      .array(Undetermined)
      .describe(
        'Hops that nobody can decide, since a policy could not be read: no chain goes over them, none is ruled out',
      ),
    truncated: z.strictObject({
      hops: z.boolean().describe('Chains went on after the most hops'),
      answers: z.boolean(),
      places: z.boolean().describe('Not everything on the way was looked at'),
      undetermined: z.boolean(),
    }),
  }),
).meta({ id: 'PathAnswers' });
