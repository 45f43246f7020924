import { byText } from '../inventory/claim.ts';

/** One step from one node to another. */
export interface Step {
  /** Names the step and orders it among others. */
  readonly id: string;
  readonly to: string;
  /** It holds only under conditions. */
  readonly conditional: boolean;
  /** Set on a step that ends a chain: chains with the same goal answer the same question. */
  readonly goal?: string;
}

/** The best chain to a goal over certain boundaries, and how many others there are. */
export interface Found<S extends Step> {
  readonly goal: string;
  readonly steps: readonly S[];
  readonly conditional: boolean;
  /** All boundaries between the start and anything on the way, ordered. */
  readonly crossings: readonly string[];
  readonly alternatives: number;
  /** There may be more alternatives than were counted. */
  readonly alternatives_capped: boolean;
}

/** What is searched. */
export interface SearchSpace<S extends Step> {
  /** The steps from a node, ordered by id. */
  readonly stepsFrom: (node: string) => readonly S[];
  /** The boundaries that lie between the start and a node. */
  readonly boundariesTo: (node: string) => readonly string[];
}

/** Where a search stops. */
export interface SearchLimits {
  /** The most steps in a chain. */
  readonly max_hops: number;
  /** The most alternatives that are counted. */
  readonly max_alternatives: number;
}

/** What a search found, one for each goal and set of boundaries. */
export interface SearchResult<S extends Step> {
  readonly found: readonly Found<S>[];
  /** Some chain went on after the most steps: there may be more to find. */
  readonly cut_short: boolean;
}

/** A chain under way: the last step, and the chain before it. */
interface Chain<S extends Step> {
  readonly node: string;
  readonly conditional: boolean;
  readonly crossings: readonly string[];
  readonly last?: S;
  readonly before?: Chain<S>;
}

/**
 * Finds chains from a node to goals, none of which visits a node twice. Of the chains with one goal and the same boundaries it
 * keeps the best: unconditional before conditional, then fewest steps, then smallest step ids.
 *
 * Layer by layer, so that chains arrive in this order by themselves: a layer holds chains of one length, ordered by step ids.
 * Into one state (node, boundaries, conditional or not) no more chains are followed than it takes to see that there are too many,
 * so the work grows with the graph and not with the number of chains in it.
 */
export function search<S extends Step>(
  start: string,
  { stepsFrom, boundariesTo }: SearchSpace<S>,
  { max_hops, max_alternatives }: SearchLimits,
): SearchResult<S> {
  const arrivals = new Map<string, Arrivals<S>>();
  const visits = new Map<string, number>();
  let cut_short = false;
  let layer: readonly Chain<S>[] = [{ node: start, conditional: false, crossings: [] }];
  for (let hops = 0; layer.length > 0; hops += 1) {
    const next: Chain<S>[] = [];
    for (const chain of layer) {
      for (const step of stepsFrom(chain.node)) {
        if (visitsNode(chain, step.to)) continue;
        if (hops === max_hops) {
          cut_short = true;
          continue;
        }
        const longer = extend(chain, step, boundariesTo(step.to));
        const state = stateOf(longer, step.goal);
        if (step.goal !== undefined) arrive(arrivals, state, step.goal, longer, max_alternatives);
        else if (count(visits, `${state} ${longer.conditional}`) <= max_alternatives + 2) next.push(longer);
      }
    }
    layer = next;
  }
  return { found: [...arrivals].sort(([a], [b]) => byText(a, b)).map(([, arrived]) => foundOf(arrived)), cut_short };
}

/** The first chain that arrived in a state and the first that did so without conditions, of how many. */
interface Arrivals<S extends Step> {
  readonly goal: string;
  readonly first: Chain<S>;
  readonly unconditional: Chain<S> | undefined;
  readonly chains: number;
  readonly capped: boolean;
}

function arrive<S extends Step>(
  arrivals: Map<string, Arrivals<S>>,
  state: string,
  goal: string,
  chain: Chain<S>,
  max_alternatives: number,
): void {
  const before = arrivals.get(state);
  const chains = (before?.chains ?? 0) + 1;
  arrivals.set(state, {
    goal,
    first: before?.first ?? chain,
    unconditional: before?.unconditional ?? (chain.conditional ? undefined : chain),
    chains: Math.min(chains, max_alternatives + 1),
    capped: chains > max_alternatives + 1,
  });
}

function foundOf<S extends Step>({ goal, first, unconditional, chains, capped }: Arrivals<S>): Found<S> {
  const { conditional, crossings } = unconditional ?? first;
  const steps = stepsOf(unconditional ?? first);
  return { goal, steps, conditional, crossings, alternatives: chains - 1, alternatives_capped: capped };
}

const extend = <S extends Step>(before: Chain<S>, last: S, boundaries: readonly string[]): Chain<S> => ({
  node: last.to,
  conditional: before.conditional || last.conditional,
  crossings: [...new Set([...before.crossings, ...boundaries])].sort(byText),
  last,
  before,
});

const stateOf = ({ node, crossings }: Chain<Step>, goal: string | undefined): string =>
  [goal ?? node, ...crossings].join(' ');

function stepsOf<S extends Step>(chain: Chain<S>): readonly S[] {
  const steps: S[] = [];
  for (let at: Chain<S> | undefined = chain; at; at = at.before) if (at.last) steps.push(at.last);
  return steps.reverse();
}

function visitsNode(chain: Chain<Step>, node: string): boolean {
  for (let at: Chain<Step> | undefined = chain; at; at = at.before) if (at.node === node) return true;
  return false;
}

function count(visits: Map<string, number>, state: string): number {
  const visit = (visits.get(state) ?? 0) + 1;
  visits.set(state, visit);
  return visit;
}
