import * as z from 'zod';
import type { Json } from '../../src/kernel/canonical.ts';
import { briefPathOf } from '../../src/stitch/brief.ts';
import { chainOf } from '../terminal/chain.ts';

const Named = z.object({ display_name: z.string() });
const Correlation = z.object({ rule_id: z.string(), left: Named, right: Named });

/** What stitches say in short of a thing, on one line: a path as a chain and what it comes to, the two sides of a correlation, an identity's name. */
export function inShort(brief: Json | undefined): string {
  const path = briefPathOf(brief);
  if (path) return `${chainOf(path.hops)}  ${path.access_level}, ${path.verdict}`;
  const correlation = Correlation.safeParse(brief).data;
  if (correlation)
    return `${correlation.left.display_name} and ${correlation.right.display_name}, by ${correlation.rule_id}`;
  return Named.safeParse(brief).data?.display_name ?? '';
}
