import { LambdaClient, ListFunctionsCommand, type ListFunctionsResponse } from '@aws-sdk/client-lambda';
import { exec30 } from '../cloudwatch/exec30.ts';
import { METRICS } from '../cloudwatch/metric-sums.ts';
import { arnRef } from '../entity-ref.ts';
import { required } from '../properties.ts';
import { listed, pages } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'lambda:ListFunctions';

/** How often each function of a region was invoked. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export const executionCounts: AwsCollector = {
  id: 'lambda.execution-counts',
  category: 'aws_lambda',
  regional: true,
  entity_types: [],
  edge_types: [],
  actions: [LIST, METRICS],
  collect: (session, cursor) =>
    exec30(session, {
      namespace: 'AWS/Lambda',
      metric: 'Invocations',
      dimension: 'FunctionName',
      list: LIST,
      pages: functionPages(session, cursor),
      named: ({ FunctionArn, FunctionName }) => FunctionArn ?? FunctionName,
      counted: ({ FunctionArn, FunctionName }) => ({
        entity: arnRef('aws_lambda_function', required(FunctionArn, 'FunctionArn')),
        dimension: required(FunctionName, 'FunctionName'),
      }),
    }),
};

async function* functionPages(session: AwsSession, cursor: string | undefined) {
  const listing = pages<ListFunctionsResponse>({
    action: LIST,
    cursor,
    fetch: (Marker) => session.client(LambdaClient).send(new ListFunctionsCommand({ Marker })),
    next: (page) => page.NextMarker,
  });
  for await (const page of listing) yield { items: listed(LIST, page.Functions), next: page.NextMarker };
}
