import { expect, it } from 'vitest';
import { assumableRoles, pairCount } from '../../src/policy/index.ts';
import { findAssumable } from '../../tools/bench/assumable.ts';
import { generateOrganization, ROLES_PER_ACCOUNT } from '../../tools/bench/organization.ts';

it('the generated organization is the same every time, and of the size that it claims', () => {
  const [one, other] = [generateOrganization(4), generateOrganization(4)];
  expect(one.roles.length).toBe(4 * ROLES_PER_ACCOUNT);
  expect(new Set(one.roles.map(({ resource }) => resource.arn)).size).toBe(one.roles.length);
  expect(other.roles).toEqual(one.roles.map((role) => expect.objectContaining({ resource: role.resource })));
  expect([...assumableRoles(other)].map(pairCount)).toEqual([...assumableRoles(one)].map(pairCount));
});

it('finding all assumable roles takes work in proportion to the accounts, not to the pairs', () => {
  const [small, large] = [findAssumable(20), findAssumable(80)];
  expect(large.all_pairs / small.all_pairs).toBeCloseTo(16, 0);
  expect(large.pairs_considered / small.pairs_considered).toBeLessThan(5);
  expect(large.facts / small.facts).toBeLessThan(5);
});
