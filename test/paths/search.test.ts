import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Found, type SearchLimits, type SearchSpace, type Step, search } from '../../src/paths/search.ts';

/** Edges of a small graph; nodes are letters, goals are capitals, digits lie in another account. */
interface Edge {
  readonly from: string;
  readonly to: string;
  readonly conditional: boolean;
}

const LIMITS: SearchLimits = { max_hops: 8, max_alternatives: 10 };

const isGoal = (node: string): boolean => /[A-Z]/.test(node);
const isFar = (node: string): boolean => /\d/.test(node);

const spaceOf = (edges: readonly Edge[]): SearchSpace<Step> => ({
  boundariesTo: (node) => (isFar(node) ? ['account'] : []),
  stepsFrom: (node) =>
    edges
      .filter(({ from }) => from === node)
      .map(({ from, to, conditional }): Step => {
        const step = { id: `${from}${to}`, to, conditional };
        return isGoal(to) ? { ...step, goal: to } : step;
      })
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
});

/** `ab bC?`: an edge is two nodes, `?` makes it conditional. */
const edgesIn = (text: string): readonly Edge[] =>
  text.split(' ').map((edge) => ({
    from: edge.slice(0, 1),
    to: edge.slice(1, 2),
    conditional: edge.includes('?'),
  }));

const described = ({ steps, conditional, crossings, alternatives, alternatives_capped }: Found<Step>): string =>
  [
    steps.map(({ id }) => id).join(' '),
    ...(conditional ? ['conditional'] : []),
    ...crossings,
    `+${alternatives}${alternatives_capped ? ' or more' : ''}`,
  ].join(', ');

const searched = (text: string, limits: Partial<SearchLimits> = {}) =>
  search('a', spaceOf(edgesIn(text)), { ...LIMITS, ...limits }).found.map(described);

describe('the best chain', () => {
  test('has the fewest steps', () => {
    expect(searched('ab bc cX bX')).toEqual(['ab bX, +1']);
  });

  test('has the smallest steps among those of one length', () => {
    expect(searched('ac cX ab bX')).toEqual(['ab bX, +1']);
  });

  test('is unconditional even if that is longer', () => {
    expect(searched('aX? ab bX')).toEqual(['ab bX, +1']);
    expect(searched('ab? bX')).toEqual(['ab bX, conditional, +0']);
  });

  test('is one for each set of boundaries', () => {
    expect(searched('aX a1 1X')).toEqual(['aX, +0', 'a1 1X, account, +0']);
  });

  test('is one for each goal', () => {
    expect(searched('aX ab bY')).toEqual(['aX, +0', 'ab bY, +0']);
  });
});

test('circles end', () => {
  expect(searched('ab ba bc cb ca cX')).toEqual(['ab bc cX, +0']);
});

test('a chain does not leave an account and come back to the same node to have crossed a boundary', () => {
  expect(searched('a1 1a aX')).toEqual(['aX, +0']);
});

test('alternatives are counted up to the cap, which is stated', () => {
  const ways = 'ab ac ad ae af bX cX dX eX fX';
  expect(searched(ways, { max_alternatives: 4 })).toEqual(['ab bX, +4']);
  expect(searched(ways, { max_alternatives: 3 })).toEqual(['ab bX, +3 or more']);
});

test('alternatives that differ before a node they share are capped as well', () => {
  expect(searched('ab ac ad ae bz cz dz ez zX', { max_alternatives: 1 })).toEqual(['ab bz zX, +1 or more']);
});

test('conditional ways into a node do not crowd out the one without conditions', () => {
  expect(searched('ab? ac? ad de ez bz cz zX', { max_alternatives: 0 })).toEqual(['ad de ez zX, +0 or more']);
});

test('the most steps are kept, and that there was more is stated', () => {
  const space = spaceOf(edgesIn('ab bc cX'));
  expect(search('a', space, { ...LIMITS, max_hops: 3 })).toMatchObject({ found: [{ goal: 'X' }], cut_short: false });
  expect(search('a', space, { ...LIMITS, max_hops: 2 })).toEqual({ found: [], cut_short: true });
});

test('the work does not grow with the number of chains', () => {
  // Twenty nodes, each with a way to every other: more chains of eight steps than anybody could count.
  const nodes = [...'abcdefghijklmnopqrst'];
  const edges = nodes.flatMap((from) =>
    [...nodes, 'X'].filter((to) => to !== from).map((to) => ({ from, to, conditional: false })),
  );
  const space = spaceOf(edges);
  let asked = 0;
  const counted = (node: string) => {
    asked += 1;
    return space.stepsFrom(node);
  };
  expect(search('a', { ...space, stepsFrom: counted }, LIMITS).found.map(described)).toEqual(['aX, +10 or more']);
  expect(asked).toBeLessThanOrEqual(nodes.length * (LIMITS.max_alternatives + 2));
});

/** Every chain that visits no node twice, by trying all. */
function everyChain(edges: readonly Edge[], max_hops: number): readonly (readonly Edge[])[] {
  const from = (chain: readonly Edge[], node: string): readonly (readonly Edge[])[] => {
    if (isGoal(node)) return [chain];
    if (chain.length === max_hops) return [];
    const visited = new Set(['a', ...chain.map(({ to }) => to)]);
    return edges
      .filter((edge) => edge.from === node && !visited.has(edge.to))
      .flatMap((edge) => from([...chain, edge], edge.to));
  };
  return from([], 'a');
}

/** What the search should say of them, from its definition. */
function bruteForce(edges: readonly Edge[], max_hops: number): readonly string[] {
  const chains = everyChain(edges, max_hops).map((chain) => {
    const conditional = chain.some((edge) => edge.conditional);
    const crosses = chain.some(({ to }) => isFar(to));
    const ids = chain.map(({ from, to }) => `${from}${to}`).join(' ');
    const rank = `${conditional ? 1 : 0} ${chain.length} ${ids}`;
    return { key: `${chain.at(-1)?.to}${crosses ? ' account' : ''}`, rank, ids, conditional, crosses };
  });
  const groups = Map.groupBy(chains, ({ key }) => key);
  return [...groups.keys()].sort().flatMap((key) => {
    const [best, ...others] = (groups.get(key) ?? []).sort((a, b) => (a.rank < b.rank ? -1 : 1));
    if (!best) return [];
    const flags = [...(best.conditional ? ['conditional'] : []), ...(best.crosses ? ['account'] : [])];
    return [[best.ids, ...flags, `+${others.length}`].join(', ')];
  });
}

test('agrees with trying every chain, on any small graph', () => {
  const node = fc.constantFrom(...'abc12');
  const edge = fc.record({
    from: node,
    to: fc.oneof({ weight: 3, arbitrary: node }, fc.constantFrom('X', 'Y')),
    conditional: fc.boolean(),
  });
  const graph = fc.uniqueArray(edge, { maxLength: 16, selector: ({ from, to }) => `${from}${to}` });
  fc.assert(
    fc.property(graph, fc.integer({ min: 1, max: 6 }), (edges, max_hops) => {
      const { found } = search('a', spaceOf(edges), { max_hops, max_alternatives: 1_000 });
      expect(found.map(described)).toEqual(bruteForce(edges, max_hops));
    }),
    { numRuns: 500 },
  );
});
