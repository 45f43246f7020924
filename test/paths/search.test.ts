import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Found, type SearchLimits, type SearchSpace, type Step, search } from '../../src/paths/search.ts';

/** Edges of a small graph; nodes are letters, goals are capitals, digits lie in another account, p, q and r are records of one thing. */
interface Edge {
  readonly from: string;
  readonly to: string;
  readonly conditional: boolean;
}

const LIMITS: SearchLimits = { max_hops: 8, max_alternatives: 10 };
const RECORDS = [...'pqr'];

const isGoal = (node: string): boolean => /[A-Z]/.test(node);
const isFar = (node: string): boolean => /\d/.test(node);
const thing = (node: string): string => (RECORDS.includes(node) ? 'thing' : node);

/** The steps from one record of a thing to the others. */
const SAME = RECORDS.flatMap((from) =>
  RECORDS.filter((to) => to !== from).map((to): Edge & { readonly same: true } => ({
    from,
    to,
    conditional: false,
    same: true,
  })),
);

const spaceOf = (edges: readonly Edge[]): SearchSpace<string, Step<string>> => ({
  crossedBy: ({ to }) => (isFar(to) ? 1 : 0),
  thing,
  stepsFrom: (node) =>
    [...SAME, ...edges]
      .filter(({ from }) => from === node)
      .map(({ from, to, conditional, ...same }): Step<string> => {
        const step = { id: `${from}${to}${'same' in same ? '=' : ''}`, to, conditional, ...same };
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

const inWords = (steps: readonly Step<string>[] = []): string => steps.map(({ id }) => id).join(' ');

const described = ({ unconditional, conditional, crossings, ...rest }: Found<Step<string>>): string =>
  [
    inWords(unconditional ?? conditional),
    ...(unconditional ? [] : ['conditional']),
    ...(crossings === 0 ? [] : ['account']),
    `+${rest.alternatives}${rest.alternatives_capped ? ' or more' : ''}`,
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

describe('a thing of several records', () => {
  test('is left from any of them', () => {
    expect(searched('ap qX')).toEqual(['ap pq= qX, +0']);
    expect(searched('ap pX qX')).toEqual(['ap pX, +1']);
  });

  test('is not come back to, not even to another record', () => {
    expect(searched('ap pb bq qX')).toEqual(['ap pq= qX, +0']);
  });

  test('is one step from record to record', () => {
    expect(searched('ap rX', { max_hops: 3 })).toEqual(['ap pr= rX, +0']);
  });
});

test('the best chain with conditions is told beside the one without', () => {
  const [found] = search('a', spaceOf(edgesIn('aX? ab bX')), LIMITS).found;
  expect([inWords(found?.unconditional), inWords(found?.conditional)]).toEqual(['ab bX', 'aX']);
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
  const counted = (node: string): readonly Step<string>[] => {
    asked += 1;
    return space.stepsFrom(node);
  };
  expect(search('a', { ...space, stepsFrom: counted }, LIMITS).found.map(described)).toEqual(['aX, +10 or more']);
  expect(asked).toBeLessThanOrEqual(nodes.length * (LIMITS.max_alternatives + 2));
});

/** Every chain that visits no node twice and no thing twice, by trying all. */
function everyChain(edges: readonly Edge[], max_hops: number): readonly (readonly Edge[])[] {
  const all: readonly (Edge & { readonly same?: true })[] = [...edges, ...SAME];
  const isChain = (chain: typeof all): boolean => {
    const nodes = ['a', ...chain.map(({ to }) => to)];
    // Records of one thing that follow each other are one stop, and there are at most two of them.
    const stops = nodes.filter((node, i) => !chain[i - 1]?.same || thing(node) !== thing(nodes[i - 1] ?? ''));
    const records = chain.filter(({ same }) => same).length;
    return new Set(nodes).size === nodes.length && new Set(stops.map(thing)).size === stops.length && records <= 1;
  };
  const from = (chain: typeof all, node: string): readonly (typeof all)[] => {
    if (isGoal(node)) return [chain];
    if (chain.length === max_hops) return [];
    return all
      .filter((edge) => edge.from === node)
      .flatMap((edge) => (isChain([...chain, edge]) ? from([...chain, edge], edge.to) : []));
  };
  return from([], 'a');
}

/** What the search should say of them, from its definition. */
function bruteForce(edges: readonly Edge[], max_hops: number): readonly string[] {
  const chains = everyChain(edges, max_hops).map((chain) => {
    const conditional = chain.some((edge) => edge.conditional);
    const crosses = chain.some(({ to }) => isFar(to));
    const ids = chain.map(({ from, to, ...same }) => `${from}${to}${'same' in same ? '=' : ''}`).join(' ');
    const rank = `${conditional ? 1 : 0} ${chain.length} ${ids}`;
    return { key: `${chain.at(-1)?.to}${crosses ? ' account' : ''}`, rank, ids, conditional, crosses };
  });
  return [...Map.groupBy(chains, ({ key }) => key).values()].flatMap((group) => {
    const [best, ...others] = group.sort((a, b) => (a.rank < b.rank ? -1 : 1));
    if (!best) return [];
    const flags = [...(best.conditional ? ['conditional'] : []), ...(best.crosses ? ['account'] : [])];
    return [[best.ids, ...flags, `+${others.length}`].join(', ')];
  });
}

test('agrees with trying every chain, on any small graph', () => {
  const node = fc.constantFrom(...'abc12pqr');
  const edge = fc.record({
    from: node,
    to: fc.oneof({ weight: 3, arbitrary: node }, fc.constantFrom('X', 'Y')),
    conditional: fc.boolean(),
  });
  const graph = fc.uniqueArray(edge, { maxLength: 20, selector: ({ from, to }) => `${from}${to}` });
  let found_chains = 0;
  fc.assert(
    fc.property(graph, fc.integer({ min: 1, max: 6 }), (edges, max_hops) => {
      const { found } = search('a', spaceOf(edges), { max_hops, max_alternatives: 1_000 });
      expect(found.map(described).sort()).toEqual(bruteForce(edges, max_hops).toSorted());
      found_chains += found.length;
    }),
    { numRuns: 500 },
  );
  expect(found_chains).toBeGreaterThan(100);
});
