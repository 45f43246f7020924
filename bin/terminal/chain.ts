import { plainText } from './plain-text.ts';

/** A hop as chains show it: its ends by name. */
export interface ChainHop {
  readonly edge_type: string;
  readonly from: string;
  readonly to: string;
}

/** Hops on one line, with how each end gets at the next: `tagger -RUNS_AS-> tagger-role -CAN_ACCESS-> customers`. */
export function chainOf(hops: readonly ChainHop[]): string {
  const [first] = hops;
  if (!first) return '';
  return plainText([first.from, ...hops.map(({ edge_type, to }) => `-${edge_type}-> ${to}`)].join(' '));
}

/** The name of an entity on a way, with a word where nobody saw it. */
export const nameOnWay = ({
  display_name,
  observed,
}: {
  readonly display_name: string;
  readonly observed: boolean;
}): string => (observed ? display_name : `${display_name} (not seen)`);

/** Hops of the API as chains show them. */
export const hopsByName = (
  hops: readonly {
    readonly edge_type: string;
    readonly from: Parameters<typeof nameOnWay>[0];
    readonly to: Parameters<typeof nameOnWay>[0];
  }[],
): readonly ChainHop[] =>
  hops.map(({ edge_type, from, to }) => ({ edge_type, from: nameOnWay(from), to: nameOnWay(to) }));
