import * as z from 'zod';
import { ERROR_CODES } from '../../../src/kernel/failures.ts';
import type { Problem } from '../problem.ts';
import { exactly } from './exactly.ts';

/** What every failure is answered with. */
export const ProblemAnswer = exactly<Problem>()(
  z.strictObject({
    type: z.string().describe('A URI for the kind of problem'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What happened, this time'),
    code: z.enum([...ERROR_CODES, 'internal_error']),
    remedy: z.string().describe('What to do about it'),
    request_id: z.string(),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .exactOptional()
      .describe('The fields that are wrong'),
  }),
).meta({ id: 'Problem', title: 'A problem as RFC 9457 has it' });
