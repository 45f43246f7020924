import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY, later } from '../../src/kernel/time.ts';
import { type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
beforeAll(async () => {
  spoke = await startSpoke();
});
afterAll(() => spoke?.stop());

test('exec30 counts the invocations of an agent over its aliases and models', async () => {
  const home = `arn:aws:bedrock:${spoke.region}:${spoke.account}`;
  const datum = (dimensions: Readonly<Record<string, string>>, Value: number) => ({
    MetricName: 'InvocationCount',
    Dimensions: Object.entries({ Operation: 'InvokeAgent', ...dimensions }).map(([Name, Value]) => ({ Name, Value })),
    Value,
    Timestamp: later(new Date(), -2 * DAY),
  });
  const alias = (id: string) => ({ AgentAliasArn: `${home}:agent-alias/ABCDEF1234/${id}` });
  await spoke.root(CloudWatchClient).send(
    new PutMetricDataCommand({
      Namespace: 'AWS/Bedrock/Agents',
      MetricData: [
        datum({}, 12),
        datum({ ModelId: 'nova' }, 12),
        datum({ ModelId: 'nova', ...alias('LIVE000000') }, 5),
        datum({ ModelId: 'nova', ...alias('BETA000000') }, 7),
      ],
    }),
  );
  const { observations, row } = (await spoke.collect('aws_bedrock')).by['bedrock-agent.execution-counts'] ?? {};
  expect(row?.status).toBe('complete');
  expect(observations).toEqual([
    {
      kind: 'activity',
      entity: expect.objectContaining({ source_record_id: `${home}:agent/ABCDEF1234` }),
      name: 'exec30',
      value: { count: 12, period_end: expect.stringContaining(':00:00.000Z'), at_least: true },
    },
  ]);
});
