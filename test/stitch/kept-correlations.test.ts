import { expect, it } from 'vitest';
import { correlate } from '../../src/correlations/correlate.ts';
import { ruleNamed } from '../../src/correlations/registry.ts';
import { keptOf } from '../../src/stitch/kept-correlations.ts';
import { casesIn, graphOfCase, settingsOfCase } from '../correlations/case.ts';

const RULE = 'lambda-secret-stored-entra-sp';

it.each(casesIn(RULE, 'positive'))('what a rule had found stays as it was while it throws: $title', (input) => {
  const { graph, idOf } = graphOfCase(input);
  const rule = ruleNamed(RULE);
  if (!rule) throw new Error('there is no such rule');
  const settings = settingsOfCase(rule, input, idOf);
  const { correlations } = correlate(graph, settings, [rule]);
  const failed = {
    correlations: [],
    ambiguities: [],
    failed_rules: [{ rule_id: RULE, message: 'an odd record' }],
  };
  const stored = correlations.map((one) => ({ ...one, status: 'active', members: [] }));
  expect(keptOf(graph, settings, failed, stored)).toEqual(correlations);
});
