import { expect, it } from 'vitest';
import { pace } from '../../../src/connectors/aws/pace.ts';
import { aClock } from './a-clock.ts';

it('two calls a second are half a second apart, and the first waits for nothing', async () => {
  const clock = aClock();
  const turn = pace(2, clock);
  await turn();
  await turn();
  await turn();
  expect(clock.waits).toEqual([500, 500]);
});

it('time that a call takes counts as waiting, and is never made up for by a burst', async () => {
  const clock = aClock();
  const turn = pace(2, clock);
  await turn();
  clock.time += 300;
  await turn();
  clock.time += 5_000;
  await turn();
  await turn();
  expect(clock.waits).toEqual([200, 500]);
});
