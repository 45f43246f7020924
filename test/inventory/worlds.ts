import fc from 'fast-check';
import type { EntityType } from '../../src/observations/entity-types.ts';
import type { EntityRef, NormalizedEdge, NormalizedNode } from '../../src/observations/observation.ts';
import { aNode, anEdge } from './builders.ts';

/** Small pools, so that everything meets everything else. */
const TYPES: readonly EntityType[] = ['aws_account', 'external_aws_account', 'aws_iam_role', 'external_aws_principal'];
const PROPERTY = fc.constantFrom('arn', 'path', 'tags');
const VALUE = fc.constantFrom<NormalizedNode['properties'][string]>('a', 'b', null, { deep: [1, 2] }, 3);
const API = fc.constantFrom('iam:GetRole', 'iam:ListRoles');

export const aRef: fc.Arbitrary<EntityRef> = fc
  .record({ entity_type: fc.constantFrom(...TYPES), n: fc.integer({ min: 0, max: 4 }) })
  .map(({ entity_type, n }) => ({
    entity_type,
    source_system_id: 'aws:111111111111',
    source_record_id: `arn:aws:iam::111111111111:role/r${n}`,
  }));

export const anyNode: fc.Arbitrary<NormalizedNode> = fc
  .record({
    ref: aRef,
    display_name: fc.constantFrom('one', 'two'),
    properties: fc.dictionary(PROPERTY, VALUE),
    property_apis: fc.dictionary(PROPERTY, API),
    authoritative: fc.subarray(['arn', 'path', 'tags', 'display_name']),
    correlation_keys: fc.subarray([
      { kind: 'issuer', value: 'x' },
      { kind: 'issuer', value: 'y' },
    ]),
    api: API,
  })
  .map(({ ref, ...given }) => aNode(ref, given));

export const anyEdge: fc.Arbitrary<NormalizedEdge> = fc
  .record({
    from: aRef,
    to: aRef,
    properties: fc.dictionary(PROPERTY, VALUE),
    api: API,
    field: fc.constantFrom('p', 'q'),
  })
  .map(({ from, to, properties, api, field }) =>
    anEdge(from, to, {
      properties,
      api,
      // Sometimes the same field says something else than before: an edge whose end moves.
      stated_by: {
        source_system_id: to.source_system_id,
        source_record_id: to.source_record_id,
        source_field_path: field,
      },
    }),
  );

/** What a task may see: each id may come several times, and not always with the same words. */
export const anyFacts = fc.array(fc.oneof(anyNode, anyEdge), { maxLength: 12 });

/** The same, but each id once: what well-behaved collectors say. */
export const consistentFacts = anyFacts.map((facts) => {
  const once = new Map<string, NormalizedNode | NormalizedEdge>();
  for (const fact of facts) {
    const key = fact.kind === 'node' ? fact.source_record_id : JSON.stringify(fact.stated_by);
    once.set(`${fact.kind} ${key}`, fact);
  }
  return [...once.values()];
});
