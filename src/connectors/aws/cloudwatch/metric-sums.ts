import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataOutput,
  type Metric,
} from '@aws-sdk/client-cloudwatch';
import { DAY, isoTime, later, MINUTE } from '../../../kernel/time.ts';
import type { EntityRef, Gap, ObservedActivity } from '../../../observations/observation.ts';
import { listed, pages } from '../reading.ts';
import type { AwsSession } from '../session.ts';

export const METRICS = 'cloudwatch:GetMetricData';

/** Name of the activity: how often a workload was executed in the 30 days before `period_end`. */
const EXEC30 = 'exec30';

const DAYS = 30;

/** Queries of one call. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
export const BATCH = 500;

/** What came of one query. */
export interface Sum {
  readonly count: number;
  /** `Complete`, or why there is no count; undefined where there is no answer. */
  readonly status: string | undefined;
}

/** The hour that is over: CloudWatch keeps five minutes for data of this age, so that a period that ends with it is met exactly. */
export const periodEnd = (now: Date): Date => new Date(Math.floor(now.getTime() / (60 * MINUTE)) * 60 * MINUTE);

/** The sums of at most 500 metrics over the 30 days before a moment, in their order, in one call. Throws `SourceFailure`. */
export async function sumsOf(
  session: Pick<AwsSession, 'client'>,
  metrics: readonly Metric[],
  EndTime: Date,
): Promise<readonly Sum[]> {
  const MetricDataQueries = metrics.map((metric, index) => ({
    Id: idOf(index),
    MetricStat: { Metric: metric, Period: DAY / 1_000, Stat: 'Sum' },
  }));
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
    // The values of one query may come in parts.
    for (const { Id = '', Values = [], StatusCode } of listed(METRICS, page.MetricDataResults)) {
      const count = Values.reduce((sum, value) => sum + value, sums.get(Id)?.count ?? 0);
      sums.set(Id, { count, status: StatusCode });
    }
  }
  return metrics.map((_, index) => sums.get(idOf(index)) ?? { count: 0, status: undefined });
}

const idOf = (index: number): string => `w${index}`;

/**
 * The executions of a workload from the sums of its metrics. CloudWatch has no data of what was not executed: that is zero.
 * A query that it did not finish is a gap, and no zero. `at_least` where there may be metrics that are not known.
 */
export function exec30Of(
  entity: EntityRef,
  sums: readonly Sum[],
  end: Date,
  terms: { readonly at_least?: true } = {},
): ObservedActivity | Gap {
  const odd = sums.find(({ status, count }) => status !== 'Complete' || !Number.isFinite(count));
  if (odd) return gapOf(entity, odd.status);
  const count = sums.reduce((all, sum) => all + sum.count, 0);
  return { kind: 'activity', entity, name: EXEC30, value: { count, period_end: isoTime(end), ...terms } };
}

const gapOf = (entity: EntityRef, status: string | undefined): Gap => ({
  kind: 'gap',
  code: status === 'Forbidden' ? 'access_denied' : 'unreadable_item',
  action: METRICS,
  item: entity.source_record_id,
  message: `CloudWatch gave no count of executions: ${status ?? 'no result'}`,
});
