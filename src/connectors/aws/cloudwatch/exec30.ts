import type { EntityRef, Observation } from '../../../observations/observation.ts';
import { checkpoint, oneItem } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { BATCH, exec30Of, periodEnd, sumsOf } from './metric-sums.ts';

/** A workload, and the value of the dimension by which CloudWatch knows it. */
export interface Counted {
  readonly entity: EntityRef;
  readonly dimension: string;
}

/** What counts the executions of one kind of workload, and how its workloads are listed. */
export interface ExecutionCount<Item> {
  readonly namespace: string;
  readonly metric: string;
  readonly dimension: string;
  /** The call that lists the workloads: one that cannot be read is a gap of it. */
  readonly list: string;
  readonly pages: AsyncIterable<{ readonly items: readonly Item[]; readonly next: string | undefined }>;
  /** What the listing calls a workload, for gaps: what makes no sense may have a name all the same. */
  readonly named: (item: Item) => string | undefined;
  /** Throws TypeError on a record that makes no sense. */
  readonly counted: (item: Item) => Counted;
}

/**
 * Counts executions as `exec30`: a call for each 500 workloads, none for each. It is no part of the look at the workloads
 * themselves, so that without CloudWatch they are seen all the same.
 */
export async function* exec30<Item>(
  session: Pick<AwsSession, 'client'>,
  what: ExecutionCount<Item>,
): AsyncGenerator<Observation, void, undefined> {
  const end = periodEnd(new Date());
  let batch: Counted[] = [];
  for await (const { items, next } of what.pages) {
    for (const item of items) {
      const item_name = what.named(item) ?? `a workload without a ${what.dimension}`;
      yield* oneItem({ action: what.list, item: item_name }, () => {
        batch.push(what.counted(item));
        return [];
      });
    }
    if (batch.length < BATCH) continue;
    yield* countsOf(session, what, batch, end);
    batch = [];
    yield* checkpoint(next);
  }
  yield* countsOf(session, what, batch, end);
}

async function* countsOf<Item>(
  session: Pick<AwsSession, 'client'>,
  { namespace, metric, dimension }: ExecutionCount<Item>,
  workloads: readonly Counted[],
  end: Date,
): AsyncGenerator<Observation, void, undefined> {
  for (let from = 0; from < workloads.length; from += BATCH) {
    const batch = workloads.slice(from, from + BATCH);
    const metrics = batch.map((workload) => ({
      Namespace: namespace,
      MetricName: metric,
      Dimensions: [{ Name: dimension, Value: workload.dimension }],
    }));
    const sums = await sumsOf(session, metrics, end);
    for (const [index, { entity }] of batch.entries()) yield exec30Of(entity, sums.slice(index, index + 1), end);
  }
}
