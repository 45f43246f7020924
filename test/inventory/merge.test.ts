import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Claim, withClaim } from '../../src/inventory/claim.ts';
import { edgeFacts, joinEdgeFacts } from '../../src/inventory/edge.ts';
import { type EntityFacts, entityFacts, entityOf, joinEntityFacts } from '../../src/inventory/entity.ts';
import { hashOf } from '../../src/kernel/canonical.ts';
import type { NormalizedNode } from '../../src/observations/observation.ts';
import { aNode, aRoleRef, momentOf, TENANT } from './builders.ts';
import { anyEdge, anyNode } from './worlds.ts';

const ROLE = aRoleRef('reader');

const aClaim = (collector: string, node: NormalizedNode, seq = 1): Claim<EntityFacts> => ({
  by: { instance_id: 'aws-1', cell: 'aws_iam:111111111111', collector, region: 'global' },
  workspace_id: 'platform',
  hash: hashOf(entityFacts(node)),
  seq,
  first_seq: seq,
  observed_at: momentOf(seq),
  run_id: `run-${seq}`,
  facts: entityFacts(node),
});

const merged = (claims: readonly Claim<EntityFacts>[], previous?: ReturnType<typeof entityOf>) =>
  entityOf(
    TENANT,
    ROLE,
    claims.reduce<readonly Claim<EntityFacts>[]>((all, claim) => withClaim(all, claim, joinEntityFacts), []),
    previous,
  );

describe('which claim is believed', () => {
  const far = aNode({ ...ROLE, entity_type: 'external_aws_principal' }, { properties: { path: 'far' } });
  const near = aNode(ROLE, { properties: { path: 'near' } });

  test('the most specific type wins, even against an authoritative collector', () => {
    const entity = merged([aClaim('a', { ...far, authoritative: ['path'] }), aClaim('b', near)]);
    expect(entity.entity_type).toBe('aws_iam_role');
    expect(entity.properties.path).toBe('near');
  });

  test('among equally specific claims the authoritative collector wins', () => {
    const other = { ...near, properties: { path: 'other' }, authoritative: ['path'] };
    expect(merged([aClaim('a', near), aClaim('b', other)]).properties.path).toBe('other');
  });

  test('authority in one property is none in another', () => {
    const other = { ...near, properties: { path: 'other' }, authoritative: ['tags'] };
    expect(merged([aClaim('a', near), aClaim('b', other)]).properties.path).toBe('near');
  });

  test('otherwise the smallest claimant wins, whoever came first', () => {
    const other = { ...near, properties: { path: 'other' } };
    expect(merged([aClaim('b', other), aClaim('a', near)]).properties.path).toBe('near');
    expect(merged([aClaim('a', near), aClaim('b', other)]).properties.path).toBe('near');
  });

  test('a property that only the less believed claim has is kept', () => {
    const entity = merged([aClaim('a', far), aClaim('b', aNode(ROLE, { properties: { tags: [] } }))]);
    expect(entity.properties).toEqual({ path: 'far', tags: [] });
  });

  test('a property that is null was seen to be null, and is no gap', () => {
    expect(merged([aClaim('a', aNode(ROLE, { properties: { boundary: null } }))]).properties).toEqual({
      boundary: null,
    });
  });
});

describe('provenance', () => {
  const first = aClaim('a', aNode(ROLE, { properties: { path: '/', tags: ['x'] } }), 1);
  const second = aClaim('a', aNode(ROLE, { properties: { path: '/', tags: ['y'] } }), 2);

  test('names the run that first saw the current value', () => {
    const before = merged([first]);
    const after = entityOf(TENANT, ROLE, withClaim(before.claims, second, joinEntityFacts), before);
    expect(after.property_provenance.path).toMatchObject({ run_id: 'run-1', observed_at: momentOf(1) });
    expect(after.property_provenance.tags).toMatchObject({ run_id: 'run-2', observed_at: momentOf(2) });
  });

  test('starts anew when another call shows the same value', () => {
    const before = merged([first]);
    const other = aClaim('a', aNode(ROLE, { properties: { path: '/' }, property_apis: { path: 'iam:GetRole' } }), 2);
    const after = entityOf(TENANT, ROLE, withClaim(before.claims, other, joinEntityFacts), before);
    expect(after.property_provenance.path).toMatchObject({ run_id: 'run-2', api: 'iam:GetRole' });
  });

  test('every property has one, and nothing else has', () => {
    fc.assert(
      fc.property(fc.array(anyNode, { minLength: 1 }), (nodes) => {
        const entity = merged(nodes.map((node, index) => aClaim(`c${index}`, node)));
        expect(Object.keys(entity.property_provenance)).toEqual(Object.keys(entity.properties));
      }),
    );
  });
});

describe('claims', () => {
  test('commute: whoever comes first, the entity is the same', () => {
    const claims = fc
      .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), anyNode), { selector: ([collector]) => collector })
      .map((pairs) => pairs.map(([collector, node]) => aClaim(collector, node)));
    fc.assert(
      fc.property(
        claims.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(merged(shuffled)).toEqual(merged(list));
        },
      ),
    );
  });

  test('an equal claim of a later run leaves the list as it is', () => {
    const claims = [aClaim('a', aNode(ROLE), 1)];
    expect(withClaim(claims, aClaim('a', aNode(ROLE), 2), joinEntityFacts)).toBe(claims);
  });

  test('a claim of an earlier run than the stored one leaves the list as it is', () => {
    const claims = [aClaim('a', aNode(ROLE), 2)];
    const late = aClaim('a', aNode(ROLE, { properties: { path: 'old' } }), 1);
    expect(withClaim(claims, late, joinEntityFacts)).toBe(claims);
  });

  test('a later look of the same run replaces the earlier one, so that a redelivered cell leaves nothing stale', () => {
    const earlier = aClaim('a', aNode(ROLE, { properties: { gone: true } }), 1);
    const later = { ...aClaim('a', aNode(ROLE), 1), observed_at: momentOf(2) };
    const [claim] = withClaim([earlier], later, joinEntityFacts);
    expect(claim?.facts.properties).not.toHaveProperty('gone');
  });

  test('a claim goes on naming the run that began it', () => {
    const [claim] = withClaim(
      [aClaim('a', aNode(ROLE), 1)],
      aClaim('a', aNode(ROLE, { api: 'x:Y' }), 3),
      joinEntityFacts,
    );
    expect(claim).toMatchObject({ seq: 3, first_seq: 1 });
  });
});

describe('joining what one claimant says twice', () => {
  const laws =
    <T>(join: (a: T, b: T) => T) =>
    (a: T, b: T, c: T) => {
      expect(join(a, b)).toEqual(join(b, a));
      expect(join(join(a, b), c)).toEqual(join(a, join(b, c)));
      expect(join(a, a)).toEqual(a);
    };

  test('of an entity is commutative, associative and idempotent', () => {
    const facts = anyNode.map(entityFacts);
    fc.assert(fc.property(facts, facts, facts, laws(joinEntityFacts)));
  });

  test('of an edge is commutative, associative and idempotent', () => {
    const facts = anyEdge.map(edgeFacts);
    fc.assert(fc.property(facts, facts, facts, laws(joinEdgeFacts)));
  });
});
