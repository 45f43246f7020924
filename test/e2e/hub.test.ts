import { afterAll, beforeAll, describe } from 'vitest';
import { type Stage, setStage } from '../../tools/demo/stage.ts';
import { accessSuite } from './suites/access.ts';
import { checkSuite } from './suites/check.ts';
import { descriptionSuite } from './suites/description.ts';
import { faultSuite } from './suites/faults.ts';
import { messageSuite } from './suites/messages.ts';
import { removalSuite } from './suites/removal.ts';
import { scanSuite } from './suites/scan.ts';
import { scheduleSuite } from './suites/schedule.ts';
import { stitchingSuite } from './suites/stitching.ts';
import { validationSuite } from './suites/validation.ts';

/** One deployed hub for all suites: they run in this order, each on what the one before left. */
describe('the deployed hub', () => {
  let stage: Stage | undefined;
  const up = (): Stage => {
    if (!stage) throw new Error('the hub is not up');
    return stage;
  };
  beforeAll(async () => {
    stage = await setStage();
  });
  afterAll(() => stage?.services.stop());

  accessSuite(up);
  scanSuite(up);
  stitchingSuite(up);
  checkSuite(up);
  messageSuite(up);
  faultSuite(up);
  removalSuite(up);
  scheduleSuite(up);
  validationSuite(up);
  descriptionSuite(up);
});
