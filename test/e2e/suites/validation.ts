import { beforeAll, describe, expect, it } from 'vitest';
import { LAB_RULE, LAB_RULE_REASON, switchRule } from '../../../labs/mediapro/rules.ts';
import { mediaProCriteria } from '../../../labs/mediapro/validate.ts';
import { labSubject } from '../../../labs/mediapro/validation/lab-subject.ts';
import { type Outcome, validate } from '../../../labs/mediapro/validation/validate.ts';
import type { Stage } from '../../../tools/demo/stage.ts';

/** What `npm run lab:validate` asks, of the deployed hub. */
export const validationSuite = (up: () => Stage): unknown =>
  describe('the validation of the MediaPro estate', () => {
    let outcomes: readonly Outcome[];

    beforeAll(async () => {
      const { api, world, organization } = up();
      await switchRule(api, LAB_RULE, true, LAB_RULE_REASON);
      const subject = labSubject(api, world, organization.placement);
      await subject.scan();
      await subject.push();
      outcomes = await validate(subject, mediaProCriteria(organization.placement), () => {});
    });

    it('every criterion that can be asked holds', () => {
      const failed = outcomes.filter(({ outcome }) => outcome === 'failed');
      expect(failed).toEqual([]);
      expect(outcomes.filter(({ outcome }) => outcome === 'ok').map(({ id }) => id)).toEqual([
        'V2',
        'V3',
        'V5',
        'V6',
        'V7',
        'V8',
        'V9',
        'V10',
        'V14',
        'V4',
      ]);
    });

    it('it puts back what it changed', async () => {
      const { rules } = await up().api.getCorrelationSettings();
      expect(rules.map(({ rule_id, enabled }) => [rule_id, enabled])).toEqual([[LAB_RULE, true]]);
    });
  });
