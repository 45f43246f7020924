import { type HopStep, type HopStepsBothWays, inOrder } from './hop-steps.ts';
import type { Place } from './places.ts';

/** Where looking for what lies between two places, or around one, stops. */
export interface ReachLimits {
  readonly max_hops: number;
  /** The most places whose hops are looked at. */
  readonly max_places: number;
  /** How many times as much work it is to ask who gets at a place as to ask what the place gets at: of a whole account, not of one. */
  readonly backward_cost: number;
}

/** The part of a graph that chains in question go through. */
export interface Reach {
  /** The hops of it from a place, ordered by id. */
  readonly from: (place: Place) => readonly HopStep[];
  /** The places from which the end can be reached, nearest first; only where nothing but the end was given. */
  readonly places: readonly Place[];
  /** Chains may go on after the most hops. */
  readonly hops_cut: boolean;
  /** Not every place was looked at that could have been. */
  readonly places_cut: boolean;
}

/** Places found from one end, layer by layer. */
interface Side {
  readonly seen: Set<Place>;
  frontier: readonly Place[];
  readonly hops: (place: Place) => readonly HopStep[];
  readonly next: (step: HopStep) => Place;
}

/**
 * What lies between two places, at most so many hops apart: the two ends are widened in turn, always the one whose edge is less
 * work, so that a well-known end does not draw in all who know it. Without a start, everything that leads to the end.
 */
export function reachOf(steps: HopStepsBothWays, start: Place | undefined, end: Place, limits: ReachLimits): Reach {
  const hops = new Map<Place, Map<string, HopStep>>();
  const forward: Side = { seen: new Set(), frontier: [], hops: steps.from, next: ({ to }) => to };
  const backward: Side = { seen: new Set([end]), frontier: [end], hops: steps.to, next: ({ from }) => from };
  if (start) {
    forward.seen.add(start);
    forward.frontier = [start];
  }
  let [looked, layers, places_cut] = [0, 0, false];
  const isOpen = (): boolean => backward.frontier.length > 0 && (!start || forward.frontier.length > 0);
  while (layers < limits.max_hops && isOpen() && !places_cut) {
    const side =
      start && forward.frontier.length <= limits.backward_cost * backward.frontier.length ? forward : backward;
    const next: Place[] = [];
    for (const place of side.frontier) {
      if (side === forward && place === end) continue;
      looked += 1;
      if (looked > limits.max_places) {
        places_cut = true;
        break;
      }
      for (const step of side.hops(place)) {
        record(hops, step);
        const found = side.next(step);
        if (side.seen.has(found) || (step.goal !== undefined && side === forward)) continue;
        side.seen.add(found);
        next.push(found);
      }
    }
    side.frontier = next;
    layers += 1;
  }
  const relevant = leadingTo(end, hops);
  const listed = new Map<Place, readonly HopStep[]>();
  return {
    from: (place) => {
      const known = listed.get(place) ?? relevantFrom(hops.get(place), relevant);
      listed.set(place, known);
      return known;
    },
    places: start ? [] : [...backward.seen].filter((place) => place !== end),
    hops_cut: isOpen() && !places_cut,
    places_cut,
  };
}

function record(hops: Map<Place, Map<string, HopStep>>, step: HopStep): void {
  const known = hops.get(step.from) ?? new Map<string, HopStep>();
  if (known.size === 0) hops.set(step.from, known);
  known.set(`${step.id} ${step.goal ?? ''}`, step);
}

/** The places from which the hops lead to the end. */
function leadingTo(end: Place, hops: ReadonlyMap<Place, ReadonlyMap<string, HopStep>>): ReadonlySet<Place> {
  const into = new Map<Place, Place[]>();
  for (const [from, steps] of hops) {
    for (const { to } of steps.values()) {
      const known = into.get(to);
      if (known) known.push(from);
      else into.set(to, [from]);
    }
  }
  const leading = new Set([end]);
  for (const place of leading) for (const from of into.get(place) ?? []) leading.add(from);
  return leading;
}

const relevantFrom = (
  steps: ReadonlyMap<string, HopStep> | undefined,
  relevant: ReadonlySet<Place>,
): readonly HopStep[] => [...(steps?.values() ?? [])].filter(({ to }) => relevant.has(to)).sort(inOrder);
