import { CloudWatchClient, GetMetricDataCommand, type MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { executionCounts as invocations } from '../../../../src/connectors/aws/lambda/execution-counts.ts';
import { executionCounts as executions } from '../../../../src/connectors/aws/step-functions/execution-counts.ts';
import type { Observation } from '../../../../src/observations/observation.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const cloudwatch = mockClient(CloudWatchClient);
const lambda = mockClient(LambdaClient);
const sfn = mockClient(SFNClient);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T17:42:13.456Z') });
  cloudwatch.reset();
  lambda.reset();
  sfn.reset();
});
afterEach(() => vi.useRealTimers());

const arnOf = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
const functionsNamed = (...names: readonly string[]) =>
  names.map((FunctionName) => ({ FunctionName, FunctionArn: arnOf(FunctionName) }));

const complete = (Id: string, ...Values: number[]): MetricDataResult => ({ Id, Values, StatusCode: 'Complete' });

const counts = (observations: readonly Observation[]) =>
  Object.fromEntries(
    observations
      .filter((seen) => seen.kind === 'activity')
      .map(({ entity, name, value }) => [`${name} ${entity.source_record_id.split(':').at(-1)}`, value]),
  );

const period_end = '2026-11-21T17:00:00.000Z';

describe('how often workloads were executed in 30 days', () => {
  it('is a sum of days for each function, and zero where CloudWatch has no data', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: functionsNamed('busy', 'idle') });
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [complete('w1'), complete('w0', 3, 4)] });
    const { observations, row } = await look(invocations);
    expect(counts(observations)).toEqual({
      'exec30 busy': { count: 7, period_end },
      'exec30 idle': { count: 0, period_end },
    });
    expect(observations[0]).toMatchObject({ entity: { entity_type: 'aws_lambda_function' } });
    expect(row.status).toBe('complete');
  });

  it('is asked of whole days that end with the hour', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: functionsNamed('busy') });
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [complete('w0')] });
    await look(invocations);
    expect(cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input).toMatchObject({
      StartTime: new Date('2026-10-22T17:00:00.000Z'),
      EndTime: new Date(period_end),
      MetricDataQueries: [
        {
          Id: 'w0',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/Lambda',
              MetricName: 'Invocations',
              Dimensions: [{ Name: 'FunctionName', Value: 'busy' }],
            },
            Period: 86_400,
            Stat: 'Sum',
          },
        },
      ],
    });
  });

  it('is asked of state machines by their ARNs', async () => {
    const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:publish`;
    const machine = { stateMachineArn, name: 'publish', type: 'STANDARD' as const, creationDate: new Date() };
    sfn.on(ListStateMachinesCommand).resolves({ stateMachines: [machine] });
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [complete('w0', 5)] });
    const { observations } = await look(executions);
    expect(counts(observations)).toEqual({ 'exec30 publish': { count: 5, period_end } });
    expect(observations[0]).toMatchObject({ entity: { entity_type: 'aws_state_machine' } });
    const [query] = cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input.MetricDataQueries ?? [];
    expect(query?.MetricStat?.Metric).toEqual({
      Namespace: 'AWS/States',
      MetricName: 'ExecutionsStarted',
      Dimensions: [{ Name: 'StateMachineArn', Value: stateMachineArn }],
    });
  });

  it('takes a call for 500 functions, and may begin again after each', async () => {
    const names = Array.from({ length: 1_001 }, (_, index) => `f${index}`);
    for (const at of [0, 250, 500, 750, 1_000]) {
      const page = {
        Functions: functionsNamed(...names.slice(at, at + 250)),
        ...(at < 1_000 && { NextMarker: `${at + 250}` }),
      };
      lambda.on(ListFunctionsCommand, at === 0 ? { Marker: undefined } : { Marker: `${at}` }).resolves(page);
    }
    cloudwatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries }) => ({
      MetricDataResults: MetricDataQueries.map(({ Id }: { Id: string }) => complete(Id, 1)),
    }));
    const { observations, cursors, row } = await look(invocations);
    expect(Object.keys(counts(observations))).toHaveLength(1_001);
    expect(cloudwatch.commandCalls(GetMetricDataCommand)).toHaveLength(3);
    expect(cursors).toEqual(['500', '1000']);
    expect(row.status).toBe('complete');
    expect(Object.keys(counts((await look(invocations, '1000')).observations))).toEqual(['exec30 f1000']);
  });

  it('takes no more than 500 functions a call, however long the pages are', async () => {
    const names = Array.from({ length: 800 }, (_, index) => `f${index}`);
    lambda.on(ListFunctionsCommand).resolves({ Functions: functionsNamed(...names.slice(0, 400)), NextMarker: '2' });
    lambda.on(ListFunctionsCommand, { Marker: '2' }).resolves({ Functions: functionsNamed(...names.slice(400)) });
    cloudwatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries }) => ({
      MetricDataResults: MetricDataQueries.map(({ Id }: { Id: string }) => complete(Id, 1)),
    }));
    expect(Object.keys(counts((await look(invocations)).observations))).toHaveLength(800);
    const asked = cloudwatch
      .commandCalls(GetMetricDataCommand)
      .map(({ args }) => args[0].input.MetricDataQueries?.length);
    expect(asked).toEqual([500, 300]);
  });

  it('of one function may come in parts', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: functionsNamed('busy') });
    cloudwatch
      .on(GetMetricDataCommand)
      .resolvesOnce({ MetricDataResults: [{ ...complete('w0', 3), StatusCode: 'PartialData' }], NextToken: '2' })
      .resolvesOnce({ MetricDataResults: [complete('w0', 4)] });
    expect(counts((await look(invocations)).observations)).toEqual({ 'exec30 busy': { count: 7, period_end } });
    const tokens = cloudwatch.commandCalls(GetMetricDataCommand).map(({ args }) => args[0].input.NextToken);
    expect(tokens).toEqual([undefined, '2']);
  });

  it.each<[string, MetricDataResult[], string]>([
    ['has no result', [], 'unreadable_item'],
    ['is not finished', [{ ...complete('w0', 3), StatusCode: 'PartialData' }], 'unreadable_item'],
    ['failed', [{ ...complete('w0'), StatusCode: 'InternalError' }], 'unreadable_item'],
    ['is forbidden', [{ ...complete('w0'), StatusCode: 'Forbidden' }], 'access_denied'],
    ['has no status', [{ Id: 'w0', Values: [3] }], 'unreadable_item'],
    ['is no number', [complete('w0', Number.NaN)], 'unreadable_item'],
  ])('is a gap and no zero where the query %s, and its siblings go on', async (_, results, code) => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: functionsNamed('odd', 'busy') });
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [...results, complete('w1', 1)] });
    const { observations, gaps } = await look(invocations);
    expect(counts(observations)).toEqual({ 'exec30 busy': { count: 1, period_end } });
    expect(gaps).toEqual([expect.objectContaining({ code, action: 'cloudwatch:GetMetricData', item: arnOf('odd') })]);
  });

  it('is a gap where CloudWatch refuses, and a bad item of the listing is one', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: [{ FunctionName: 'x' }, ...functionsNamed('busy')] });
    cloudwatch.on(GetMetricDataCommand).rejects(awsError('AccessDenied'));
    const { gaps, row } = await look(invocations);
    expect(gaps.map(({ code, action, item }) => [code, action, item])).toEqual([
      ['unreadable_item', 'lambda:ListFunctions', 'x'],
      ['access_denied', 'cloudwatch:GetMetricData', undefined],
    ]);
    expect(row.status).toBe('failed');
  });

  it('an answer without its list is malformed, and counts nothing', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: functionsNamed('busy') });
    cloudwatch.on(GetMetricDataCommand).resolves({});
    const { observations, row } = await look(invocations);
    expect(counts(observations)).toEqual({});
    expect(row.status).toBe('failed');
  });

  it('asks CloudWatch nothing where there is no workload', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: [] });
    expect((await look(invocations)).row.status).toBe('complete');
    expect(cloudwatch.commandCalls(GetMetricDataCommand)).toHaveLength(0);
  });
});
