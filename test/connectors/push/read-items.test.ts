import { describe, expect, it } from 'vitest';
import { fromNdjson, itemsOf } from '../../../src/connectors/push/batch.ts';
import { PROPERTY_LIMITS } from '../../../src/connectors/push/properties.ts';
import { ANY_TYPE, type RawItem, readItems } from '../../../src/connectors/push/read-items.ts';
import { aPushedEdge, aPushedNode, aRef, OURS } from './builders.ts';

const nodes = (...values: readonly unknown[]): RawItem[] =>
  values.map((value, index) => ({ index, kind: 'node', value }));
const edges = (...values: readonly unknown[]): RawItem[] =>
  values.map((value, index) => ({ index, kind: 'edge', value }));

const deep = (levels: number): unknown => (levels === 0 ? 1 : { in: deep(levels - 1) });
const one = (name: string, value: unknown): unknown => JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);

describe('items of a batch', () => {
  it('are claimed by type and source system, each by its own claimant', () => {
    const { tasks, accepted } = readItems(
      [
        ...nodes(aPushedNode('a'), aPushedNode('b', { source_system_id: 'cmdb' }), aPushedNode('c')),
        ...edges(aPushedEdge('a', 'c')),
      ],
      OURS,
    );
    expect(tasks.map(({ task, observations }) => [task.collector, task.region, observations.length])).toEqual([
      ['push.servicenow_table', 'servicenow:example', 3],
      ['push.servicenow_table', 'cmdb', 1],
    ]);
    expect(accepted).toEqual({ nodes: 3, edges: 1 });
  });

  it.each([
    ['no object', 7, 'item'],
    ['an unknown type', aPushedNode('a', { entity_type: 'toaster' }), 'known are aws_organization'],
    ['a field that nobody knows', aPushedNode('a', { colour: 'red' }), 'colour: is not a field'],
    ['no name', aPushedNode('a', { display_name: '' }), 'display_name'],
    ['a control character in its id', aPushedNode('a\u0007'), 'source_record_id: must not hold control characters'],
    ['half a character in its id', aPushedNode('\ud800'), 'source_record_id: must be a text of whole characters'],
    ['an id without end', aPushedNode('a'.repeat(2_049)), 'source_record_id'],
    ['properties that are a list', aPushedNode('a', { properties: [] }), 'properties: must be an object'],
    ['a name with a dot', aPushedNode('a', { properties: { 'a.b': 1 } }), '"a.b" cannot be a name'],
    ['a name with a dollar', aPushedNode('a', { properties: { deep: { $where: 1 } } }), '"$where" cannot be a name'],
    ['an empty name', aPushedNode('a', { properties: { '': 1 } }), '"" cannot be a name'],
    ['__proto__', aPushedNode('a', { properties: one('__proto__', 1) }), '"__proto__" cannot be a name'],
    ['constructor', aPushedNode('a', { properties: { constructor: 1 } }), '"constructor" cannot be a name'],
    ['toString', aPushedNode('a', { properties: { toString: 1 } }), '"toString" cannot be a name'],
    ['a number that is none', aPushedNode('a', { properties: { n: Number.POSITIVE_INFINITY } }), 'n: is not a finite'],
    ['NaN', aPushedNode('a', { properties: { n: Number.NaN } }), 'n: is not a finite number'],
    ['depth without end', aPushedNode('a', { properties: deep(PROPERTY_LIMITS.depth + 1) }), 'nested more than'],
    ['an activity without a name', aPushedNode('a', { activity: [{ value: 1 }] }), 'activity.0.name'],
    ['an activity without a value', aPushedNode('a', { activity: [{ name: 'calls' }] }), 'activity.0.value: '],
    ['an activity with an odd name', aPushedNode('a', { activity: [{ name: 'a.b', value: 1 }] }), 'activity.0.name'],
    [
      'executions that are no count',
      aPushedNode('a', { activity: [{ name: 'exec30', value: 3 }] }),
      'activity.0.value: of exec30',
    ],
    [
      'executions of no period',
      aPushedNode('a', { activity: [{ name: 'exec30', value: { count: 3 } }] }),
      'activity.0.value.period_end: of exec30',
    ],
    [
      'an activity without end',
      aPushedNode('a', { activity: [{ name: 'calls', value: 'x'.repeat(5_000) }] }),
      'has more than 4096 characters',
    ],
    [
      'an activity with a name that means something to the database',
      aPushedNode('a', { activity: [{ name: 'calls', value: { $where: 1 } }] }),
      '"$where" cannot be a name',
    ],
    [
      'one activity twice',
      aPushedNode('a', { activity: [1, 2].map((value) => ({ name: 'calls', value })) }),
      'names one activity twice',
    ],
    [
      'activities without end',
      aPushedNode('a', { activity: Array.from({ length: 21 }, (_, n) => ({ name: `a${n}`, value: n })) }),
      'activity: ',
    ],
    ['a text without end', aPushedNode('a', { properties: { t: 'x'.repeat(32_769) } }), 't: has more than 32768'],
    [
      'too much in all',
      aPushedNode('a', { properties: { a: 'x'.repeat(30_000), b: Array(40).fill('y'.repeat(3_000)) } }),
      'has more than 131072 characters',
    ],
    [
      'too many properties',
      aPushedNode('a', { properties: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`p${n}`, n])) }),
      'has more than 200 names',
    ],
  ])('are refused with the place that is wrong: %s', (_what, value, reason) => {
    const { tasks, rejected } = readItems(nodes(aPushedNode('good'), value), OURS);
    expect(rejected).toMatchObject([{ index: 1, kind: 'node', code: 'unreadable_item' }]);
    expect(rejected[0]?.reason).toContain(reason);
    expect(tasks.flatMap(({ observations }) => observations)).toHaveLength(1);
  });

  it('may use all that the limits allow', () => {
    const properties = {
      ...Object.fromEntries(Array.from({ length: 198 }, (_, n) => [`p${n}`, n])),
      text: 'x'.repeat(32_768),
      deep: deep(PROPERTY_LIMITS.depth - 1),
    };
    expect(readItems(nodes(aPushedNode('a', { properties })), OURS).rejected).toEqual([]);
  });

  it('are refused where the instance does not speak for their system', () => {
    const { rejected } = readItems(nodes(aPushedNode('a', { source_system_id: 'aws:111111111111' })), OURS);
    expect(rejected).toMatchObject([{ code: 'foreign_source', reason: expect.stringContaining('aws:111111111111') }]);
  });

  it('cannot pass for the record of another system by where its name ends', () => {
    const role = aPushedNode('111111111111:arn:aws:iam::111111111111:role/admin', { source_system_id: 'aws' });
    expect(readItems(nodes(role), [...OURS, 'aws']).rejected).toMatchObject([{ code: 'foreign_source' }]);
  });

  it('may name what is foreign as the far end of an edge, and not as both', () => {
    const foreign = aRef('arn:aws:iam::111111111111:role/x', {
      entity_type: 'aws_iam_role',
      source_system_id: 'aws:111111111111',
    });
    const stated_by = { source_system_id: 'cmdb', source_record_id: 'a', source_field_path: '$.owner' };
    const { rejected, accepted } = readItems(
      edges(
        aPushedEdge('a', 'b', { to: foreign }),
        aPushedEdge('a', 'b', { from: foreign }),
        aPushedEdge('a', 'b', { from: foreign, stated_by }),
        aPushedEdge('a', 'b', { from: foreign, to: foreign, stated_by }),
      ),
      OURS,
    );
    expect(accepted.edges).toBe(2);
    expect(rejected.map(({ index, code }) => [index, code])).toEqual([
      [1, 'foreign_source'],
      [3, 'foreign_source'],
    ]);
  });

  it('protect the type of what was rejected, and every type where it cannot be told', () => {
    const of = (...items: readonly RawItem[]) => readItems(items, OURS).protects;
    expect(of(...nodes(aPushedNode('a', { display_name: 1 })))).toEqual(['servicenow_table']);
    expect(of(...nodes({}))).toEqual([ANY_TYPE]);
    expect(of(...nodes(null))).toEqual([ANY_TYPE]);
    expect(of(...nodes(aPushedNode('a', { entity_type: 'toaster' })))).toEqual(['unknown']);
    expect(of(...edges(aPushedEdge('a', 'b', { edge_type: 'LIKES' })))).toEqual(['servicenow_table']);
    expect(of({ index: 0, kind: 'line', value: undefined })).toEqual([ANY_TYPE]);
  });

  it('how often something ran is activity, and no part of what is believed of it', () => {
    const exec30 = { name: 'exec30', value: { count: 42, period_end: '2026-01-01T00:00:00Z' } };
    const [first] = readItems(nodes(aPushedNode('a', { activity: [exec30] })), OURS).tasks;
    const [node, activity] = first?.observations ?? [];
    expect(node).not.toHaveProperty('activity');
    expect(activity).toEqual({ kind: 'activity', entity: aRef('a'), ...exec30 });
  });

  it('that say when their source saw them say nothing else by that', () => {
    const [first] = readItems(nodes(aPushedNode('a', { observed_at: '2026-01-01T00:00:00Z' })), OURS).tasks;
    expect(first?.observations.map(({ kind }) => kind)).toEqual(['node', 'activity']);
    expect(first?.observations[0]).not.toHaveProperty('observed_at');
  });
});

describe('NDJSON', () => {
  const read = (text: string) => {
    const body = fromNdjson(text);
    if (typeof body !== 'object' || body === null || !('items' in body) || !Array.isArray(body.items)) return body;
    return readItems(itemsOf({ nodes: [], edges: [], items: body.items }), OURS);
  };
  const line = (value: object): string => JSON.stringify(value);

  it('has a header and an item a line; a broken line is refused by its place', () => {
    const text = [
      line({ sequence: 0 }),
      line({ kind: 'node', ...aPushedNode('a') }),
      '{"kind":"node", "entity_',
      '',
      line({ kind: 'edge', ...aPushedEdge('a', 'b') }),
      line({ kind: 'thing' }),
      '[]',
    ].join('\n');
    expect(read(text)).toMatchObject({
      accepted: { nodes: 1, edges: 1 },
      rejected: [
        { index: 1, kind: 'line', code: 'unreadable_item' },
        { index: 3, kind: 'line' },
        { index: 4, kind: 'line' },
      ],
    });
  });

  it.each(['', '[]', 'null', '{"sequ', '7'])('without a header is no body: %j', (text) => {
    expect(fromNdjson(text)).toContain('the first line must be a JSON object');
  });
});
