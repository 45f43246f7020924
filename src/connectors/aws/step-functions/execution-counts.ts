import { ListStateMachinesCommand, type ListStateMachinesOutput, SFNClient } from '@aws-sdk/client-sfn';
import { exec30 } from '../cloudwatch/exec30.ts';
import { METRICS } from '../cloudwatch/metric-sums.ts';
import { arnRef } from '../entity-ref.ts';
import { required } from '../properties.ts';
import { listed, pages } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'states:ListStateMachines';

/** How often each state machine of a region was started. https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html */
export const executionCounts: AwsCollector = {
  id: 'states.execution-counts',
  category: 'aws_step_functions',
  regional: true,
  entity_types: [],
  edge_types: [],
  actions: [LIST, METRICS],
  collect: (session, cursor) =>
    exec30(session, {
      namespace: 'AWS/States',
      metric: 'ExecutionsStarted',
      dimension: 'StateMachineArn',
      list: LIST,
      pages: machinePages(session, cursor),
      named: ({ stateMachineArn, name }) => stateMachineArn ?? name,
      counted: ({ stateMachineArn }) => {
        const dimension = required(stateMachineArn, 'stateMachineArn');
        return { entity: arnRef('aws_state_machine', dimension), dimension };
      },
    }),
};

async function* machinePages(session: AwsSession, cursor: string | undefined) {
  const listing = pages<ListStateMachinesOutput>({
    action: LIST,
    cursor,
    fetch: (nextToken) => session.client(SFNClient).send(new ListStateMachinesCommand({ nextToken })),
    next: (page) => page.nextToken,
  });
  for await (const page of listing) yield { items: listed(LIST, page.stateMachines), next: page.nextToken };
}
