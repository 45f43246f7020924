import type { memoryStitched } from './memory-stores.ts';

type Kept = Pick<ReturnType<typeof memoryStitched>, 'correlations' | 'identities' | 'paths' | 'members'>;

const STAMPS = new Set([
  'stitch_run_id',
  'first_stitch_run_id',
  'last_stitch_run_id',
  'stitched_at',
  'run_id',
  'observed_at',
]);

/** What stitches kept, without which stitch wrote it and which run saw it, and when. `standing`: without retired correlations. */
export function contentOf(
  { correlations, identities, paths, members }: Kept,
  which: 'all' | 'standing' = 'all',
): unknown {
  const kept = [...correlations.values()].filter(({ status }) => which === 'all' || status === 'active');
  const all = [kept, [...identities.values()], [...paths.values()], [...members.values()]].map((some) =>
    some.toSorted((a, b) => (a._id < b._id ? -1 : 1)),
  );
  return JSON.parse(JSON.stringify(all, (name, value) => (STAMPS.has(name) ? undefined : value)));
}
