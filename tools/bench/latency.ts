/** How long calls took, in milliseconds. */
export interface Latency {
  readonly calls: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** The smallest value that so large a part of the values does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (value === undefined) throw new Error('there is nothing to take a percentile of');
  return value;
}

/** Makes calls one after the other and times each; `after` is not timed. */
export async function timed<T>(
  calls: number,
  call: () => Promise<T>,
  after: (answer: T) => Promise<unknown> = async () => undefined,
): Promise<Latency> {
  const took: number[] = [];
  for (let made = 0; made < calls; made += 1) {
    const from = performance.now();
    const answer = await call();
    took.push(performance.now() - from);
    await after(answer);
  }
  return { calls, p50: percentile(took, 0.5), p95: percentile(took, 0.95), max: Math.max(...took) };
}
