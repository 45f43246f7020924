import type { CoverageRow } from '../../src/connectors/connector.ts';
import type { Gap, NormalizedEdge, NormalizedNode, Observation } from '../../src/observations/observation.ts';

/** Everything that a run of a task brought. */
export interface Observed {
  readonly observations: readonly Observation[];
  readonly nodes: readonly NormalizedNode[];
  readonly edges: readonly NormalizedEdge[];
  readonly gaps: readonly Gap[];
  readonly cursors: readonly string[];
  readonly row: CoverageRow;
}

/** Everything that a stream brings, in an array. */
export async function gathered<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Runs a task to its end. */
export async function observe(run: AsyncGenerator<Observation, CoverageRow, undefined>): Promise<Observed> {
  const observations: Observation[] = [];
  for (;;) {
    const next = await run.next();
    if (next.done) return { ...sorted(observations), row: next.value };
    observations.push(next.value);
  }
}

/** The observations of a converter by their kinds. */
export function sorted(observations: Iterable<Observation>): Omit<Observed, 'row'> {
  const all = [...observations];
  return {
    observations: all,
    nodes: all.filter((observation) => observation.kind === 'node'),
    edges: all.filter((observation) => observation.kind === 'edge'),
    gaps: all.filter((observation) => observation.kind === 'gap'),
    cursors: all.filter((observation) => observation.kind === 'checkpoint').map(({ cursor }) => cursor),
  };
}
