import { CloudWatchClient, ListMetricsCommand, type ListMetricsOutput, type Metric } from '@aws-sdk/client-cloudwatch';
import { parseArn } from '../../../kernel/arn.ts';
import type { Observation } from '../../../observations/observation.ts';
import { BATCH, exec30Of, METRICS, periodEnd, type Sum, sumsOf } from '../cloudwatch/metric-sums.ts';
import { arnRef } from '../entity-ref.ts';
import { listed, oneItem, pages } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { agentArn } from './agent.ts';

const LIST = 'cloudwatch:ListMetrics';

/** What one alias of an agent did with one model: nothing is counted twice, since sums over aliases and models have fewer dimensions. */
const DIMENSIONS = ['AgentAliasArn', 'ModelId', 'Operation'];

/**
 * How often agents were invoked. CloudWatch counts by alias and model, and lists what had data in the last two weeks: the
 * counts are a lower bound, and of an agent without any such data nothing is said.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-agents-cw-metrics.html
 */
export const executionCounts: AwsCollector = {
  id: 'bedrock-agent.execution-counts',
  category: 'aws_bedrock',
  regional: true,
  entity_types: [],
  edge_types: [],
  actions: [LIST, METRICS],
  async *collect(session) {
    const agents = new Map<string, Metric[]>();
    const listing = pages<ListMetricsOutput>({
      action: LIST,
      fetch: (NextToken) =>
        session.client(CloudWatchClient).send(new ListMetricsCommand({ ...INVOCATIONS, NextToken })),
      next: (page) => page.NextToken,
    });
    for await (const page of listing) {
      for (const metric of listed(LIST, page.Metrics).filter(isOfAliasAndModel)) {
        const alias = metric.Dimensions?.find(({ Name }) => Name === 'AgentAliasArn')?.Value ?? '';
        yield* oneItem({ action: LIST, item: alias }, () => {
          const agent = agentOfAlias(alias, session);
          agents.set(agent, [...(agents.get(agent) ?? []), metric]);
          return [];
        });
      }
    }
    yield* countsOf(session, agents);
  },
};

const INVOCATIONS = {
  Namespace: 'AWS/Bedrock/Agents',
  MetricName: 'InvocationCount',
  Dimensions: [{ Name: 'AgentAliasArn' }],
};

const isOfAliasAndModel = ({ Dimensions = [] }: Metric): boolean =>
  Dimensions.map(({ Name }) => Name)
    .sort()
    .join() === DIMENSIONS.join();

/** The agent of `arn:aws:bedrock:<region>:<account>:agent-alias/<agent>/<alias>`. Throws TypeError on anything else. */
export function agentOfAlias(alias: string, session: Pick<AwsSession, 'account' | 'partition' | 'region'>): string {
  const id = /^agent-alias\/([0-9A-Z]{1,10})\/[^/]+$/.exec(parseArn(alias)?.resource ?? '')?.[1];
  if (!id) throw new TypeError('the metric has a dimension that is no alias of an agent');
  return agentArn(id, session);
}

async function* countsOf(
  session: Pick<AwsSession, 'client'>,
  agents: ReadonlyMap<string, readonly Metric[]>,
): AsyncGenerator<Observation, void, undefined> {
  const end = periodEnd(new Date());
  const series = [...agents].flatMap(([agent, metrics]) => metrics.map((metric) => ({ agent, metric })));
  const sums = new Map<string, Sum[]>();
  for (let from = 0; from < series.length; from += BATCH) {
    const batch = series.slice(from, from + BATCH);
    const found = await sumsOf(
      session,
      batch.map(({ metric }) => metric),
      end,
    );
    for (const [index, { agent }] of batch.entries()) {
      sums.set(agent, [...(sums.get(agent) ?? []), ...found.slice(index, index + 1)]);
    }
  }
  for (const [agent, of_agent] of sums) {
    yield exec30Of(arnRef('aws_bedrock_agent', agent), of_agent, end, { at_least: true });
  }
}
