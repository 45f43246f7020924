import * as z from 'zod';
import type { Preview, Previewed, PreviewedKind } from '../../../src/stitch/preview.ts';
import { AnyJson, exactly } from './exactly.ts';
import { FailedRuleAnswer } from './stitch-runs.ts';

const Count = z.int().min(0);

const Some = exactly<Previewed>()(
  z.strictObject({
    count: Count,
    items: z.array(z.strictObject({ id: z.string(), brief: AnyJson })).describe('The first of them, in short'),
  }),
);

const Kind = exactly<PreviewedKind>()(z.strictObject({ appear: Some, change: Some, go: Some })).meta({
  id: 'PreviewedKind',
});

/** What other decisions about correlations would change, of what the caller sees. */
export const PreviewAnswer = exactly<Preview>()(
  z.strictObject({
    correlations: Kind,
    identities: Kind,
    paths: Kind,
    ambiguities: z.strictObject({ before: Count, after: Count }).describe('Lefts that several rights match'),
    failed_rules: z.array(FailedRuleAnswer).describe('Rules that failed: of them nothing can be foretold'),
  }),
).meta({ id: 'StitchPreview' });
