import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand, type Metric } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { agentOfAlias, executionCounts } from '../../../../src/connectors/aws/bedrock/execution-counts.ts';
import { ACCOUNT, awsError, HOME, look, REGION } from '../look.ts';

const cloudwatch = mockClient(CloudWatchClient);
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T17:42:13.456Z') });
  cloudwatch.reset();
  cloudwatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries }) => ({
    MetricDataResults: MetricDataQueries.map(({ Id }: { Id: string }) => ({
      Id,
      Values: [2, 3],
      StatusCode: 'Complete',
    })),
  }));
});
afterEach(() => vi.useRealTimers());

const period_end = '2026-11-21T17:00:00.000Z';
const aliasArn = (agent: string, alias: string) => `arn:aws:bedrock:${REGION}:${ACCOUNT}:agent-alias/${agent}/${alias}`;
const agentArn = (agent: string) => `arn:aws:bedrock:${REGION}:${ACCOUNT}:agent/${agent}`;

const metric = (dimensions: Readonly<Record<string, string>>): Metric => ({
  Namespace: 'AWS/Bedrock/Agents',
  MetricName: 'InvocationCount',
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

const of = (agent: string, alias = 'LIVE', ModelId = 'claude') =>
  metric({ Operation: 'InvokeAgent', ModelId, AgentAliasArn: aliasArn(agent, alias) });

const counts = async () =>
  (await look(executionCounts)).observations.flatMap((seen) =>
    seen.kind === 'activity' ? [[seen.name, seen.entity.entity_type, seen.entity.source_record_id, seen.value]] : [],
  );

describe('how often agents were invoked', () => {
  it('is a lower bound, summed over their aliases and models', async () => {
    cloudwatch.on(ListMetricsCommand).resolves({ Metrics: [of('A'), of('B')], NextToken: '2' });
    cloudwatch
      .on(ListMetricsCommand, { NextToken: '2' })
      .resolves({ Metrics: [of('A', 'BETA'), of('A', 'LIVE', 'nova')] });
    expect(await counts()).toEqual([
      ['exec30', 'aws_bedrock_agent', agentArn('A'), { count: 15, period_end, at_least: true }],
      ['exec30', 'aws_bedrock_agent', agentArn('B'), { count: 5, period_end, at_least: true }],
    ]);
    expect(cloudwatch.commandCalls(GetMetricDataCommand)).toHaveLength(1);
  });

  it('does not count again what is a sum over aliases or models', async () => {
    const sums = [
      metric({ Operation: 'InvokeAgent' }),
      metric({ Operation: 'InvokeAgent', ModelId: 'claude' }),
      metric({ AgentAliasArn: aliasArn('A', 'LIVE') }),
    ];
    cloudwatch.on(ListMetricsCommand).resolves({ Metrics: [...sums, of('A')] });
    expect(await counts()).toEqual([
      ['exec30', 'aws_bedrock_agent', agentArn('A'), expect.objectContaining({ count: 5 })],
    ]);
  });

  it('takes a call for 500 series', async () => {
    const Metrics = Array.from({ length: 501 }, (_, index) => of('A', `A${index}`));
    cloudwatch.on(ListMetricsCommand).resolves({ Metrics });
    expect(await counts()).toEqual([
      [...Array(3).fill(expect.anything()), { count: 2_505, period_end, at_least: true }],
    ]);
    expect(cloudwatch.commandCalls(GetMetricDataCommand)).toHaveLength(2);
  });

  it('is a gap where one series of an agent has no count, and other agents go on', async () => {
    cloudwatch.on(ListMetricsCommand).resolves({ Metrics: [of('A'), of('A', 'BETA'), of('B')] });
    cloudwatch.on(GetMetricDataCommand).resolves({
      MetricDataResults: [
        { Id: 'w0', Values: [1], StatusCode: 'Complete' },
        { Id: 'w1', Values: [1], StatusCode: 'InternalError' },
        { Id: 'w2', Values: [1], StatusCode: 'Complete' },
      ],
    });
    const { observations, gaps } = await look(executionCounts);
    expect(observations).toHaveLength(2);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: agentArn('A') })]);
  });

  it('says nothing of agents without data, and asks for none', async () => {
    cloudwatch.on(ListMetricsCommand).resolves({ Metrics: [] });
    const { observations, row } = await look(executionCounts);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
    expect(cloudwatch.commandCalls(GetMetricDataCommand)).toHaveLength(0);
  });

  it.each([
    ['refused', () => cloudwatch.on(ListMetricsCommand).rejects(awsError('AccessDenied')), 'denied'],
    ['without its list', () => cloudwatch.on(ListMetricsCommand).resolves({}), 'failed'],
  ])('a listing that is %s is a gap', async (_, arrange, status) => {
    arrange();
    const { gaps, row } = await look(executionCounts);
    expect(gaps).toEqual([expect.objectContaining({ action: 'cloudwatch:ListMetrics' })]);
    expect(row.status).toBe(status);
  });

  it.each(['', 'x', agentArn('A'), aliasArn('a', 'LIVE'), `${aliasArn('A', 'LIVE')}/more`])(
    'a dimension %j that is no alias is unreadable',
    (alias) => {
      expect(() => agentOfAlias(alias, HOME)).toThrow(TypeError);
    },
  );
});
