import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { toInvocation } from '../../../../src/connectors/aws/lambda/event-source-mappings.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, HOME, REGION } from '../look.ts';

const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tagger`;

const convert = (overrides: Partial<EventSourceMappingConfiguration>) =>
  sorted(toInvocation({ UUID: 'u-1', FunctionArn: FUNCTION, State: 'Enabled', ...overrides }, HOME)).edges;

describe('an event source mapping', () => {
  it('of a queue is an edge from the queue to the function', () => {
    const EventSourceArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:jobs`;
    expect(convert({ EventSourceArn })).toEqual([
      expect.objectContaining({
        edge_type: 'INVOKES',
        from: expect.objectContaining({ entity_type: 'aws_sqs_queue', source_record_id: EventSourceArn }),
        to: expect.objectContaining({ entity_type: 'aws_lambda_function', source_record_id: FUNCTION }),
        stated_by: {
          source_system_id: `aws:${ACCOUNT}`,
          source_record_id: `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:u-1`,
          source_field_path: `EventSourceArn[${EventSourceArn}]`,
        },
        properties: { state: 'Enabled' },
      }),
    ]);
  });

  it('of a stream is an edge from its table', () => {
    const table = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/customers`;
    const [edge] = convert({ EventSourceArn: `${table}/stream/2026-01-01T00:00:00.000` });
    expect(edge?.from).toMatchObject({ entity_type: 'aws_dynamodb_table', source_record_id: table });
  });

  it('to an alias invokes the function', () => {
    const [edge] = convert({
      EventSourceArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:jobs`,
      FunctionArn: `${FUNCTION}:live`,
    });
    expect(edge).toMatchObject({ to: { source_record_id: FUNCTION }, properties: { qualifier: 'live' } });
  });

  it.each([undefined, `arn:aws:kafka:${REGION}:${ACCOUNT}:cluster/c`])(
    'of a source %s that we do not know is left out',
    (arn) => {
      expect(convert({ EventSourceArn: arn })).toEqual([]);
    },
  );
});
