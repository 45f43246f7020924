import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
let seen: Collected;

beforeAll(async () => {
  spoke = await startSpoke();
  seen = await spoke.collect('aws_regions');
});
afterAll(() => spoke?.stop());

test('an account tells through its spoke role which regions are enabled in it', () => {
  expect(seen.gaps).toEqual([]);
  expect(seen.coverage).toEqual({ 'account.regions': 'complete' });
  expect(seen.nodes).toMatchObject([
    {
      entity_type: 'aws_account',
      properties: { enabled_regions: expect.arrayContaining(['eu-west-1', 'us-east-1']) },
    },
  ]);
});
