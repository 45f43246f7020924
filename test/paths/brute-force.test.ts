import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountOf } from '../../src/graph/accounts.ts';
import type { GraphEntity } from '../../src/graph/documents.ts';
import { type PathAnswers, pathsBetween } from '../../src/paths/between.ts';
import { findPaths } from '../../src/paths/find-paths.ts';
import type { Chain, Hop, Path } from '../../src/paths/path.ts';
import { BUCKETS, type MadeHop, type RandomEstate, randomEstate } from './random-estate.ts';

/** Which end a question is widened from first, and how often in turn. */
const cost = fc.constantFrom(0.1, 1, 16);

const TIMEOUT = 60_000;
const LIMITS = { max_hops: 6, max_alternatives: 100_000 };

/** What an entity is a record of. */
const thingIn =
  ({ classes }: RandomEstate) =>
  (entity: GraphEntity): string =>
    (classes.find((members) => members.includes(entity))?.[0] ?? entity)._id;

/** Every chain from a start to an end by trying all: none comes back to a thing that it left, and at most one step is within it. */
function everyChain(
  estate: RandomEstate,
  start: GraphEntity,
  isEnd: (hop: MadeHop) => boolean,
): readonly (readonly MadeHop[])[] {
  const thing = thingIn(estate);
  const chains: (readonly MadeHop[])[] = [];
  const follow = (chain: readonly MadeHop[], node: GraphEntity, left: ReadonlySet<string>): void => {
    for (const hop of estate.hops) {
      if (hop.from !== node || chain.length === LIMITS.max_hops) continue;
      if (hop.same ? chain.at(-1)?.same : left.has(thing(hop.to)) || thing(hop.to) === thing(node)) continue;
      if (isEnd(hop)) chains.push([...chain, hop]);
      follow([...chain, hop], hop.to, hop.same ? left : new Set([...left, thing(node)]));
    }
  };
  follow([], start, new Set());
  return chains;
}

const isConditional = (chain: readonly MadeHop[]): boolean => chain.some(({ conditional }) => conditional);
const idsOf = (chain: readonly MadeHop[]): string => chain.map(({ id }) => id).join(' ');
const rankOf = (chain: readonly MadeHop[]): string => `${chain.length} ${idsOf(chain)}`;
const best = (chains: readonly (readonly MadeHop[])[]) =>
  chains.toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))[0];

const crossings = ({ graph }: RandomEstate, start: GraphEntity, chain: readonly MadeHop[]) => {
  const ours = accountOf(graph, start);
  const accounts = chain.flatMap(({ to }) => accountOf(graph, to) ?? []);
  const isAway = ({ to }: MadeHop): boolean =>
    to.source_system_id.startsWith('aws') !== start.source_system_id.startsWith('aws');
  return { account: accounts.some((account) => account !== ours), connector: chain.some(isAway) };
};

/** The hops of a chain as the estate names them. */
const named = ({ hops }: RandomEstate, chain: readonly Hop[]): string =>
  chain
    .map(({ edge_type, from, to }) => {
      const same = edge_type === 'SAME_ENTITY';
      const fitting = hops.filter((hop) => hop.from._id === from.id && hop.to._id === to.id && hop.same === same);
      return fitting.map(({ id }) => id).sort();
    })
    .map(([first = '?']) => first)
    .join(' ');

const shown = (estate: RandomEstate, path: Path) => ({
  workload: path.workload.id,
  resource: path.resource.id,
  account: path.crosses_account_boundary,
  connector: path.crosses_connector_boundary,
  verdict: path.verdict,
  hops: path.hops.length,
  way: named(estate, path.hops),
  alternatives: path.alternatives,
});

function expectedPaths(estate: RandomEstate) {
  const workloads = estate.graph.entities.filter(({ entity_type }) => entity_type === 'aws_lambda_function');
  return workloads.flatMap((start) =>
    BUCKETS.flatMap((bucket) => {
      const chains = everyChain(estate, start, ({ ends, to }) => ends && to.source_record_id === bucket);
      const groups = Map.groupBy(chains, (chain) => JSON.stringify(crossings(estate, start, chain)));
      return [...groups.values()].map((group) => {
        const chain = best(group.filter((one) => !isConditional(one))) ?? best(group) ?? [];
        return {
          workload: start._id,
          resource: chain.at(-1)?.to._id,
          ...crossings(estate, start, chain),
          verdict: isConditional(chain) ? 'conditional' : 'allowed',
          hops: chain.length,
          way: named(estate, chain.map(asHop)),
          alternatives: group.length - 1,
        };
      });
    }),
  );
}

const asHop = ({ from, to, same }: MadeHop) =>
  ({ from: { id: from._id }, to: { id: to._id }, edge_type: same ? 'SAME_ENTITY' : '' }) as Hop;

const sorted = <T>(list: readonly T[]): readonly T[] =>
  list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

describe('on any small estate', () => {
  test(
    'the paths found are those of trying every chain',
    () => {
      let paths_found = 0;
      fc.assert(
        fc.property(randomEstate, (estate) => {
          const { paths } = findPaths(estate.graph, estate.joined, LIMITS);
          expect(sorted(paths.map((path) => shown(estate, path)))).toEqual(sorted(expectedPaths(estate)));
          paths_found += paths.length;
        }),
        { numRuns: 150 },
      );
      expect(paths_found).toBeGreaterThan(50);
    },
    TIMEOUT,
  );

  test(
    'how one entity reaches another is the shortest chain of each verdict',
    () => {
      let chains_found = 0;
      fc.assert(
        fc.property(randomEstate, fc.nat(), fc.nat(), cost, (estate, a, b, backward_cost) => {
          const { entities } = estate.graph;
          const [from, to] = [entities[a % entities.length], entities[b % entities.length]];
          if (!from || !to || from === to) return;
          const isResource = to.entity_type === 'aws_s3_bucket';
          // An end that is a resource is reached by what ends there, and by acting as it.
          const all = everyChain(estate, from, (hop) => hop.to === to);
          const chains = all.filter((chain) => chain.slice(0, -1).every((hop) => hop.to !== to));
          const groups = Map.groupBy(chains, (chain) => isResource && chain.at(-1)?.ends);
          const expected = [...groups].map(([read, group]) => ({
            access_level: read ? 'Read' : undefined,
            unconditional: wayOf(best(group.filter((chain) => !isConditional(chain)))),
            conditional: wayOf(best(group.filter(isConditional))),
            alternatives: group.length - 1,
          }));
          const { answers } = pathsBetween(estate.graph, estate.joined, {
            from: from._id,
            to: to._id,
            limits: { ...LIMITS, backward_cost },
          });
          const got = answers.map(({ access_level, unconditional, conditional, alternatives }) => ({
            access_level,
            unconditional: unconditional && named(estate, unconditional.hops),
            conditional: conditional && named(estate, conditional.hops),
            alternatives,
          }));
          expect(sorted(got)).toEqual(sorted(expected));
          chains_found += answers.length;
          function wayOf(chain: readonly MadeHop[] | undefined) {
            return chain && named(estate, chain.map(asHop));
          }
        }),
        { numRuns: 300 },
      );
      expect(chains_found).toBeGreaterThan(40);
    },
    TIMEOUT,
  );

  test(
    'what is reached, who reaches it and how one reaches the other agree',
    () => {
      fc.assert(
        fc.property(randomEstate, ({ graph, joined }) => {
          const ask = (question: { readonly from?: string; readonly to?: string }): PathAnswers['answers'] =>
            pathsBetween(graph, joined, { ...question, limits: LIMITS }).answers;
          const ends = graph.entities.filter(({ source_record_id }) => BUCKETS.includes(source_record_id));
          const starts = graph.entities.filter(({ source_record_id }) => !BUCKETS.includes(source_record_id));
          const ofPairs = starts.flatMap(({ _id: from }) => ends.flatMap(({ _id: to }) => ask({ from, to })));
          const levelled = ofPairs.filter(({ access_level }) => access_level !== undefined);
          expect(sorted(starts.flatMap(({ _id: from }) => ask({ from })))).toEqual(sorted(levelled));
          const known = new Set(starts.map(({ _id }) => _id));
          const backwards = ends.flatMap(({ _id: to }) => ask({ to })).filter(({ from }) => known.has(from.id));
          expect(sorted(backwards)).toEqual(sorted(ofPairs));
        }),
        { numRuns: 50 },
      );
    },
    TIMEOUT,
  );

  test(
    'a stored path is among the answers to who reaches its resource',
    () => {
      fc.assert(
        fc.property(randomEstate, ({ graph, joined }) => {
          const { paths } = findPaths(graph, joined, LIMITS);
          for (const path of paths) {
            const question = { from: path.workload.id, to: path.resource.id, limits: LIMITS };
            const answers = pathsBetween(graph, joined, question).answers.filter(
              ({ access_level }) => access_level === 'Read',
            );
            const chains = answers.flatMap(({ unconditional, conditional }): Chain[] =>
              [unconditional ?? [], conditional ?? []].flat(),
            );
            const shortest = chains.find(({ verdict }) => verdict === path.verdict);
            const others = paths.filter(
              ({ workload, resource, verdict }) =>
                workload.id === path.workload.id && resource.id === path.resource.id && verdict === path.verdict,
            );
            expect(others.map(({ hops }) => hops)).toContainEqual(shortest?.hops);
          }
        }),
        { numRuns: 50 },
      );
    },
    TIMEOUT,
  );

  test(
    'nothing depends on the order of correlations, identities and their records',
    () => {
      const shuffled = <T>(list: readonly T[]) =>
        fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
      const both = randomEstate.chain((estate) =>
        fc.record({
          estate: fc.constant(estate),
          correlations: shuffled(estate.joined.correlations),
          identities: fc
            .tuple(
              ...estate.joined.identities.map((identity) =>
                shuffled(identity.source_records).map((source_records) => ({ ...identity, source_records })),
              ),
            )
            .chain(shuffled),
        }),
      );
      fc.assert(
        fc.property(both, ({ estate: { graph, joined }, correlations, identities }) => {
          const again = { correlations, identities };
          expect(findPaths(graph, again, LIMITS)).toEqual(findPaths(graph, joined, LIMITS));
          const [bucket] = graph.entities.filter(({ source_record_id }) => BUCKETS.includes(source_record_id));
          const question = { to: bucket?._id ?? '', limits: LIMITS };
          const { answers } = pathsBetween(graph, again, question);
          expect(sorted(answers)).toEqual(sorted(pathsBetween(graph, joined, question).answers));
        }),
        { numRuns: 50 },
      );
    },
    TIMEOUT,
  );
});
