import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { graphQuestions } from '../../lambdas/api/graph-questions.ts';
import { stitchFunction, stitchRequests } from '../../lambdas/api/stitch-requests.ts';
import { askGraphHandler } from '../../lambdas/ask-graph/handler.ts';
import { START, TENANT } from '../control/builders.ts';

const lambda = mockClient(LambdaClient);
const graph = graphQuestions(new LambdaClient({}), 'ask-graph');
const caller = { tenant_id: TENANT, workspace_ids: ['platform'], request_id: 'request-1' };
beforeEach(() => lambda.reset());

function answered(answer: unknown, more = {}) {
  const bytes = Buffer.from(JSON.stringify(answer));
  const Payload = Object.assign(new Uint8Array(bytes), { transformToString: () => bytes.toString() });
  lambda.on(InvokeCommand).resolves({ Payload, ...more });
}
const sent = () => lambda.commandCalls(InvokeCommand).map(({ args: [{ input }] }) => input);

describe('a question about a graph', () => {
  it('is asked for the workspaces of the caller and no others, and its answer is what the function said', async () => {
    const reply = await askGraphHandler({
      settings: { get: async () => undefined },
      input: async function* () {},
      max_documents: 10,
    })({ tenant_id: TENANT, workspace_ids: ['platform'], question: { ask: 'preview', rules: [], pairs: [] } });
    answered(reply);
    const preview = await graph.preview(caller, { rules: [], pairs: [] });
    expect(preview).toMatchObject({ paths: { appear: { count: 0 } }, failed_rules: [] });
    const [{ FunctionName, Payload } = {}] = sent();
    expect([FunctionName, JSON.parse(String(Payload))]).toEqual([
      'ask-graph',
      { tenant_id: TENANT, workspace_ids: ['platform'], question: { ask: 'preview', rules: [], pairs: [] } },
    ]);
  });

  it('that cannot be answered says why, with its code', async () => {
    const failure = { code: 'estate_too_large', message: 'there are more than 10', details: { max_documents: 10 } };
    answered({ failure });
    await expect(graph.paths(caller, { from: 'x' })).rejects.toMatchObject({ name: 'AppError', ...failure });
  });

  it('that has no end is a timeout, and one whose function fails is a bug', async () => {
    const FunctionError = 'Unhandled';
    answered({ errorType: 'Sandbox.Timedout', errorMessage: '27 s' }, { FunctionError });
    await expect(graph.explain(caller, { left: 'x', right: 'y' })).rejects.toMatchObject({ code: 'timeout' });
    answered({ errorType: 'TypeError', errorMessage: 'x is not a function' }, { FunctionError });
    const failed = graph.explain(caller, { left: 'x', right: 'y' });
    await expect(failed).rejects.toThrow('ask-graph failed on request request-1: Unhandled');
    await expect(failed).rejects.not.toHaveProperty('code');
  });

  it.each([null, {}, { answer: {} }, { answer: { answers: [], undetermined: [], truncated: {} } }])(
    'is not answered with what is no answer to it: %j',
    async (reply) => {
      answered(reply);
      await expect(graph.paths(caller, { from: 'x' })).rejects.toThrow();
    },
  );
});

describe('a stitch', () => {
  const raised: string[] = [];
  const queued: unknown[] = [];
  const untold: unknown[] = [];
  const requests = () =>
    stitchRequests(
      {
        due: {
          raise: async (_tenant_id, now, due_at) => {
            raised.push(`${now} ${due_at}`);
            return raised.length;
          },
        },
        enqueueStitch: async (message) => void queued.push(message),
        delay: 60_000,
        now: () => START,
      },
      stitchFunction(new LambdaClient({}), 'stitch'),
      (message, error) => void untold.push([message, String(error)]),
    );
  beforeEach(() => {
    for (const list of [raised, queued, untold]) list.splice(0);
  });

  it('after a change of settings goes the way of others: it is due later, by the queue', async () => {
    await requests().settingsChanged(TENANT, { kind: 'settings_changed', by: '1' });
    expect(raised).toEqual(['2026-11-21T12:00:00.000Z 2026-11-21T12:01:00.000Z']);
    expect([queued, sent()]).toEqual([[{ tenant_id: TENANT, generation: 1 }], []]);
  });

  it('that is wanted now is due now, and the stitcher is told without waiting for it', async () => {
    lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
    const asked = await requests().requestStitch(TENANT, { kind: 'manual', by: 'ada' });
    expect(asked).toEqual({ tenant_id: TENANT, generation: 1 });
    expect(raised).toEqual(['2026-11-21T12:00:00.000Z 2026-11-21T12:00:00.000Z']);
    expect(sent()).toMatchObject([{ FunctionName: 'stitch', InvocationType: 'Event', Payload: JSON.stringify(asked) }]);
    expect(queued).toEqual([]);
  });

  it('is due all the same where the stitcher cannot be told', async () => {
    lambda.on(InvokeCommand).rejects(new Error('throttled'));
    const asked = await requests().requestStitch(TENANT, { kind: 'manual', by: 'ada' });
    expect(untold).toEqual([[asked, 'Error: throttled']]);
  });
});
