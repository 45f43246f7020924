/** One step from one node to another. */
export interface Step<N> {
  /** Names the step and orders it among others. */
  readonly id: string;
  readonly to: N;
  /** It holds only under conditions. */
  readonly conditional: boolean;
  /** It leads from one record of a thing to another record of it. */
  readonly same?: boolean;
  /** Set on a step that ends a chain: chains with the same goal answer the same question. */
  readonly goal?: string;
}

/** The best chains to a goal over certain boundaries, and how many others there are. */
export interface Found<S> {
  readonly goal: string;
  /** All boundaries between the start and anything on the way, as bits. */
  readonly crossings: number;
  /** The best without conditions, and the best with: one of them is there. */
  readonly unconditional?: readonly S[];
  readonly conditional?: readonly S[];
  readonly alternatives: number;
  /** There may be more alternatives than were counted. */
  readonly alternatives_capped: boolean;
}

/** What is searched. */
export interface SearchSpace<N, S extends Step<N>> {
  /** The steps from a node, ordered by id. */
  readonly stepsFrom: (node: N) => readonly S[];
  /** The boundaries that a chain has crossed once it took the step, as bits. */
  readonly crossedBy: (step: S) => number;
  /** What a node is a record of: the same for two records of one thing. */
  readonly thing: (node: N) => unknown;
}

/** Where a search stops. */
export interface SearchLimits {
  /** The most steps in a chain. */
  readonly max_hops: number;
  /** The most alternatives that are counted. */
  readonly max_alternatives: number;
}

/** What a search found, one for each goal and set of boundaries. */
export interface SearchResult<S> {
  readonly found: readonly Found<S>[];
  /** Some chain went on after the most steps: there may be more to find. */
  readonly cut_short: boolean;
}

/** A chain under way: the last step, and the chain before it. */
interface Chain<N, S> {
  readonly node: N;
  readonly conditional: boolean;
  readonly crossings: number;
  readonly last: S | undefined;
  readonly before: Chain<N, S> | undefined;
}

/**
 * Finds chains from a node to goals. None visits a node twice, nor a thing: it may go on from another record of the thing that it
 * has just come to, and does not come back to one that it left. Of the chains with one goal and the same boundaries it keeps the
 * best: unconditional before conditional, then fewest steps, then smallest step ids.
 *
 * Layer by layer, so that chains arrive in this order by themselves: a layer holds chains of one length, ordered by step ids.
 * Into one state (node, boundaries, conditional or not) no more chains are followed than it takes to see that there are too many,
 * so the work grows with the graph and not with the number of chains in it.
 */
export function search<N, S extends Step<N>>(
  start: NoInfer<N>,
  { stepsFrom, crossedBy, thing }: SearchSpace<N, S>,
  { max_hops, max_alternatives }: SearchLimits,
): SearchResult<S> {
  const arrivals = arrivalsAt<N, S>(max_alternatives);
  const followed = counter<N>(max_alternatives + 2);
  let cut_short = false;
  let layer: Chain<N, S>[] = [{ node: start, conditional: false, crossings: 0, last: undefined, before: undefined }];
  for (let hops = 0; layer.length > 0; hops += 1) {
    const next: Chain<N, S>[] = [];
    for (const chain of layer) {
      for (const step of stepsFrom(chain.node)) {
        if (!mayTake(chain, step, thing)) continue;
        if (hops === max_hops) {
          cut_short = true;
          break;
        }
        const crossings = chain.crossings | crossedBy(step);
        const conditional = chain.conditional || step.conditional;
        if (step.goal !== undefined) {
          arrivals.arrive(step.goal, { node: step.to, conditional, crossings, last: step, before: chain });
        } else if (followed(step.to, crossings * 2 + (conditional ? 1 : 0))) {
          next.push({ node: step.to, conditional, crossings, last: step, before: chain });
        }
      }
    }
    layer = next;
  }
  return { found: arrivals.found(), cut_short };
}

/** Whether a chain may take a step: to another record of where it is, unless it came from one; else to a thing that it was not at. */
function mayTake<N, S extends Step<N>>(chain: Chain<N, S>, step: S, thing: (node: N) => unknown): boolean {
  if (step.same) return !chain.last?.same;
  const target = thing(step.to);
  for (let at: Chain<N, S> | undefined = chain; at; at = at.before) if (thing(at.node) === target) return false;
  return true;
}

/** Says of each node in each of a few states whether it was met no more than so many times. */
function counter<N>(most: number): (node: N, state: number) => boolean {
  const states: Map<N, number>[] = [];
  return (node, state) => {
    const met = states[state] ?? new Map<N, number>();
    states[state] = met;
    const times = (met.get(node) ?? 0) + 1;
    met.set(node, times);
    return times <= most;
  };
}

/** The first chains that arrived at a goal over certain boundaries, of how many. */
interface Arrivals<N, S> {
  readonly goal: string;
  readonly crossings: number;
  unconditional: Chain<N, S> | undefined;
  conditional: Chain<N, S> | undefined;
  chains: number;
}

function arrivalsAt<N, S extends Step<N>>(max_alternatives: number) {
  const byGoal = new Map<string, Arrivals<N, S>[]>();
  const arrivedAt = (goal: string, crossings: number): Arrivals<N, S> => {
    const known = byGoal.get(goal) ?? [];
    if (known.length === 0) byGoal.set(goal, known);
    const arrived = known[crossings] ?? {
      goal,
      crossings,
      unconditional: undefined,
      conditional: undefined,
      chains: 0,
    };
    known[crossings] = arrived;
    return arrived;
  };
  return {
    arrive(goal: string, chain: Chain<N, S>): void {
      const arrived = arrivedAt(goal, chain.crossings);
      arrived.chains += 1;
      if (chain.conditional) arrived.conditional ??= chain;
      else arrived.unconditional ??= chain;
    },
    found: (): readonly Found<S>[] =>
      [...byGoal.values()].flatMap((known) =>
        Object.values(known).map((arrived) => foundOf(arrived, max_alternatives)),
      ),
  };
}

const foundOf = <N, S extends Step<N>>(
  { goal, crossings, unconditional, conditional, chains }: Arrivals<N, S>,
  max_alternatives: number,
): Found<S> => ({
  goal,
  crossings,
  ...(unconditional ? { unconditional: stepsOf(unconditional) } : {}),
  ...(conditional ? { conditional: stepsOf(conditional) } : {}),
  alternatives: Math.min(chains - 1, max_alternatives),
  alternatives_capped: chains - 1 > max_alternatives,
});

function stepsOf<N, S>(chain: Chain<N, S>): readonly S[] {
  const steps: S[] = [];
  for (let at: Chain<N, S> | undefined = chain; at; at = at.before) if (at.last) steps.push(at.last);
  return steps.reverse();
}
