import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataOutput,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { DAY, isoTime, later, MINUTE } from '../../../kernel/time.ts';
import type { EntityRef, Gap, Observation } from '../../../observations/observation.ts';
import { checkpoint, listed, oneItem, pages } from '../reading.ts';
import type { AwsSession } from '../session.ts';

export const METRICS = 'cloudwatch:GetMetricData';

/** Name of the activity: how often a workload was executed in the 30 days before `period_end`. */
export const EXEC30 = 'exec30';

const DAYS = 30;

/** Queries of one call. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const BATCH = 500;

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
      yield* oneItem({ action: what.list, item: 'a workload without a name' }, () => {
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

/** CloudWatch keeps five minutes for data of this age: a period that ends with the hour is met exactly. */
const periodEnd = (now: Date): Date => new Date(Math.floor(now.getTime() / (60 * MINUTE)) * 60 * MINUTE);

async function* countsOf<Item>(
  session: Pick<AwsSession, 'client'>,
  what: ExecutionCount<Item>,
  workloads: readonly Counted[],
  end: Date,
): AsyncGenerator<Observation, void, undefined> {
  for (let from = 0; from < workloads.length; from += BATCH) {
    const batch = workloads.slice(from, from + BATCH);
    const sums = await sumsOf(
      session,
      batch.map((workload, index) => query(what, workload, index)),
      end,
    );
    for (const [index, workload] of batch.entries()) yield toCount(workload, sums.get(idOf(index)), end);
  }
}

const idOf = (index: number): string => `w${index}`;

const query = <Item>(what: ExecutionCount<Item>, workload: Counted, index: number): MetricDataQuery => ({
  Id: idOf(index),
  MetricStat: {
    Metric: {
      Namespace: what.namespace,
      MetricName: what.metric,
      Dimensions: [{ Name: what.dimension, Value: workload.dimension }],
    },
    Period: DAY / 1_000,
    Stat: 'Sum',
  },
});

/** What came of one query: its values may come in parts. */
interface Sum {
  readonly count: number;
  readonly status: string | undefined;
}

async function sumsOf(
  session: Pick<AwsSession, 'client'>,
  MetricDataQueries: MetricDataQuery[],
  EndTime: Date,
): Promise<ReadonlyMap<string, Sum>> {
  const StartTime = later(EndTime, -DAYS * DAY);
  const listing = pages<GetMetricDataOutput>({
    action: METRICS,
    fetch: (NextToken) =>
      session
        .client(CloudWatchClient)
        .send(new GetMetricDataCommand({ MetricDataQueries, StartTime, EndTime, NextToken })),
    next: (page) => page.NextToken,
  });
  const sums = new Map<string, Sum>();
  for await (const page of listing) {
    for (const { Id = '', Values = [], StatusCode } of listed(METRICS, page.MetricDataResults)) {
      const count = Values.reduce((sum, value) => sum + value, sums.get(Id)?.count ?? 0);
      sums.set(Id, { count, status: StatusCode });
    }
  }
  return sums;
}

/** The count of one workload: CloudWatch has no data of what was not executed. A query that it did not finish is a gap, and no zero. */
export function toCount({ entity }: Counted, sum: Sum | undefined, end: Date): Observation {
  if (sum?.status !== 'Complete' || !Number.isFinite(sum.count)) return gapOf(entity, sum?.status);
  return { kind: 'activity', entity, name: EXEC30, value: { count: sum.count, period_end: isoTime(end) } };
}

const gapOf = (entity: EntityRef, status: string | undefined): Gap => ({
  kind: 'gap',
  code: status === 'Forbidden' ? 'access_denied' : 'unreadable_item',
  action: METRICS,
  item: entity.source_record_id,
  message: `CloudWatch gave no count of executions: ${status ?? 'no result'}`,
});
