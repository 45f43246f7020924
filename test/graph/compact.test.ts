import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GraphEdge, type GraphEntity, isObserved } from '../../src/graph/documents.ts';
import { buildGraph, type Graph } from '../../src/graph/graph.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { EDGE_TYPES, type EntityType } from '../../src/observations/entity-types.ts';
import { anEdge, anEntity, aRole, DATA, edgesOnly, graphOf, idOf, roleArn, TENANT, WORKLOADS } from './estate.ts';

const NAMES = ['a', 'b', 'a/b', 'c$&d', 'é'];
const arns = fc.constantFrom(...NAMES.map((name) => roleArn(WORKLOADS, name)));
const text = fc.constantFrom('', 'x', 'run-1', 'run-2', '{}', '\u0001', '"quoted"');
const json: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.constant(null),
  fc.integer(),
  fc.array(text),
  fc.dictionary(text, text),
);
const seen = fc.record({ api: text, observed_at: text, run_id: text });

/** Some record, and a place in it: an end of the edge, or something else; the path may name either. */
const lineage = (records: readonly string[]) =>
  fc.array(
    fc
      .record({
        source_system_id: fc.constantFrom(`aws:${WORKLOADS}`, 'aws:aws'),
        source_record_id: fc.constantFrom(...records, 'elsewhere'),
        field: fc.constantFrom('$', 'Role', '\u0002', ...records),
        more: text,
        seen,
      })
      .map(({ field, more, seen: by, ...record }) => ({ ...record, source_field_path: `${field}[${more}]`, ...by })),
    { maxLength: 2 },
  );

const entity: fc.Arbitrary<GraphEntity> = arns.chain((arn) =>
  fc
    .record({
      properties: fc.dictionary(fc.constantFrom('name', 'tags', 'path'), json),
      origin: fc.record({ connector_id: text, source_record_id: fc.constantFrom(arn, 'elsewhere'), cell: text, seen }),
      told: fc.func(fc.boolean()),
      correlationKeys: fc.array(fc.record({ kind: text, value: text }), { maxLength: 1 }),
      lineage_records: lineage([arn]),
    })
    .map(({ properties, origin: { seen: by, ...origin }, told, ...rest }) => ({
      ...anEntity('aws_iam_role', arn, {}),
      properties,
      property_provenance: Object.fromEntries(
        Object.keys(properties)
          .filter(told)
          .map((name) => [name, { ...origin, ...by }]),
      ),
      ...rest,
    })),
);
const edge: fc.Arbitrary<GraphEdge> = fc.tuple(arns, arns, fc.constantFrom(...EDGE_TYPES)).chain(([from, to, type]) =>
  fc
    .record({
      properties: fc.dictionary(fc.constantFrom('name', 'state'), json),
      lineage_records: lineage([from, to]),
    })
    .map((rest) => ({ ...anEdge(type, from, to), ...rest })),
);

/** What comes last replaces what had the same id. */
const lastOf = <T extends { readonly _id: string }>(documents: readonly T[]): ReadonlyMap<string, T> =>
  new Map(documents.map((one) => [one._id, one]));
const plain = ({
  _id,
  tenant_id,
  entity_type,
  display_name,
  source_system_id,
  source_record_id,
  ...rest
}: GraphEntity) => ({
  ...{ _id, tenant_id, entity_type, display_name, source_system_id, source_record_id },
  correlationKeys: rest.correlationKeys,
});
const whole = (entity: GraphEntity) => {
  const { properties, property_provenance, lineage_records } = entity;
  return { ...plain(entity), properties, property_provenance, lineage_records };
};
const edgesOf = (graph: Graph, direction: 'edgesFrom' | 'edgesTo'): readonly GraphEdge[] =>
  graph.entities.flatMap(({ _id }) => EDGE_TYPES.flatMap((type) => graph[direction](_id, type)));
const byId = (edges: Iterable<GraphEdge>): readonly GraphEdge[] => [...edges].sort((a, b) => (a._id < b._id ? -1 : 1));

test('documents are kept compactly and come out as they went in, in both directions', () => {
  fc.assert(
    fc.property(fc.array(entity), fc.array(edge), fc.boolean(), (entities, edges, edges_first) => {
      const graph = edges_first
        ? graphOf(edgesOnly(...edges), { entities, edges: [], policy_documents: [] })
        : buildGraph({ tenant_id: TENANT, entities, edges, policy_documents: [] });
      for (const [id, put] of lastOf(entities)) {
        const kept = graph.entity(id);
        expect(kept && whole(kept)).toEqual(whole(put));
      }
      const expected = byId(lastOf(edges).values());
      expect(byId(edgesOf(graph, 'edgesFrom'))).toEqual(expected);
      expect(byId(edgesOf(graph, 'edgesTo'))).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('edges of an end are in the order of their ids, one type at a time', () => {
  const names = [...'abcdefghij'].map((name) => roleArn(DATA, name));
  const here = roleArn(WORKLOADS, 'here');
  const edges = names.flatMap((name) => [anEdge('INVOKES', here, name), anEdge('RUNS_AS', name, here)]);
  const graph = graphOf(edgesOnly(...edges));
  const ids = (type: 'INVOKES' | 'RUNS_AS') =>
    edges
      .filter(({ edge_type }) => edge_type === type)
      .map(({ _id }) => _id)
      .sort();
  expect(graph.edgesFrom(idOf(here), 'INVOKES').map(({ _id }) => _id)).toEqual(ids('INVOKES'));
  expect(graph.edgesTo(idOf(here), 'RUNS_AS').map(({ _id }) => _id)).toEqual(ids('RUNS_AS'));
  expect(graph.edgesFrom(idOf(here), 'RUNS_AS')).toEqual([]);
  expect(graph.edgesTo('nobody', 'RUNS_AS')).toEqual([]);
});

describe('an end that only edges name', () => {
  const target = roleArn(DATA, 'target');
  const stated = anEdge('INVOKES', roleArn(WORKLOADS, 'caller'), target);
  const asPrincipal = { ...stated, _id: 'other', to: { ...stated.to, entity_type: 'external_aws_principal' as const } };

  test('is an entity that nobody observed', () => {
    const graph = graphOf(aRole({ name: 'caller' }), edgesOnly(stated));
    const end = graph.entity(idOf(target));
    expect(end && { ...plain(end), observed: isObserved(end) }).toEqual({
      ...plain({ ...anEntity('aws_iam_role', target, {}), display_name: target }),
      observed: false,
    });
    expect(graph.entityByArn(target)).toBe(end);
    expect(graph.entities.map(({ source_record_id }) => source_record_id)).toContain(target);
  });

  test('is of the most specific type that an edge gives it, in any order', () => {
    for (const order of [
      [stated, asPrincipal],
      [asPrincipal, stated],
    ]) {
      expect(graphOf(edgesOnly(...order)).entity(idOf(target))?.entity_type).toBe('aws_iam_role');
    }
  });
});

describe('what a later version wrote', () => {
  // As a document comes from the store: its type is whatever was written there.
  const unknown = 'aws_quantum_oracle' as EntityType;
  const oracle = anEntity(unknown, roleArn(WORKLOADS, 'oracle'), {});
  const toOracle = anEdge('INVOKES', roleArn(WORKLOADS, 'caller'), oracle.source_record_id);
  const { to, ...rest } = toOracle;

  test('an entity of an unknown type, and edges to it, are one problem and left out', () => {
    const graph = graphOf(aRole({ name: 'caller' }), {
      entities: [oracle],
      edges: [{ ...rest, to: { ...to, entity_type: unknown } }],
      policy_documents: [],
    });
    expect(graph.entity(oracle._id)).toBeUndefined();
    expect(graph.edgesFrom(toOracle.from.id, 'INVOKES')).toEqual([]);
    expect(graph.problems).toMatchObject([
      { code: 'unknown_type', entity: { id: oracle._id }, message: 'no entity type is called aws_quantum_oracle' },
    ]);
  });

  test('edges of an unknown type are one problem of the entity that they come from', () => {
    const edges = ['a', 'b'].map((name) => ({
      ...anEdge('INVOKES', roleArn(WORKLOADS, 'caller'), roleArn(DATA, name)),
      edge_type: 'ENTANGLES' as GraphEdge['edge_type'],
    }));
    const graph = graphOf(aRole({ name: 'caller' }), edgesOnly(...edges));
    expect(graph.problems).toMatchObject([
      {
        code: 'unknown_type',
        entity: { source_record_id: roleArn(WORKLOADS, 'caller') },
        message: 'no edge type is called ENTANGLES',
      },
    ]);
  });
});
