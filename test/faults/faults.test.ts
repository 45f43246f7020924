import { afterAll, beforeAll, describe } from 'vitest';
import { type Prepared, prepare } from './prepared.ts';
import { type FaultStage, setFaultStage } from './stage.ts';
import { deliverySuite } from './suites/deliveries.ts';
import { endSuite } from './suites/ends.ts';
import { killSuite } from './suites/kills.ts';
import { planSuite } from './suites/plans.ts';
import { tickSuite } from './suites/ticks.ts';

/** Whatever goes wrong on the way, the same is believed as if nothing had, and the run says what is true. */
describe('a run', () => {
  let stage: FaultStage | undefined;
  let prepared: Prepared | undefined;
  const up = (): Prepared => {
    if (!prepared) throw new Error('nothing is prepared');
    return prepared;
  };
  beforeAll(async () => {
    stage = await setFaultStage();
    prepared = await prepare(stage);
  });
  afterAll(() => stage?.stop());

  planSuite(up);
  killSuite(up);
  deliverySuite(up);
  endSuite(up);
  tickSuite(up);
});
