import { isDeepStrictEqual } from 'node:util';

/** One thing that the demo promised, and whether it was so. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  /** What was seen instead. */
  readonly seen?: unknown;
}

/** Collects what was claimed. The demo goes on after one that fails, so that it tells all that do. */
export interface Claims {
  readonly made: readonly Claim[];
  /** `seen` is shown where it does not hold. */
  hold(claim: string, holds: boolean, seen?: unknown): void;
  equal(claim: string, seen: unknown, expected: unknown): void;
}

/** New claims; each is told as it is made. */
export function claims(tell: (claim: Claim) => void): Claims {
  const made: Claim[] = [];
  const hold = (claim: string, holds: boolean, seen?: unknown): void => {
    const one = { claim, holds, ...(!holds && seen !== undefined && { seen }) };
    made.push(one);
    tell(one);
  };
  return {
    made,
    hold,
    equal: (claim, seen, expected) => hold(claim, isDeepStrictEqual(seen, expected), seen),
  };
}
