import {
  DescribePipeCommand,
  type DescribePipeResponse,
  ListPipesCommand,
  type Pipe,
  PipesClient,
} from '@aws-sdk/client-pipes';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { pipes, toPipe } from '../../../../src/connectors/aws/eventbridge/pipes.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, awsError, HOME, look, REGION } from '../look.ts';

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const ARN = arn('pipes', 'pipe/orders');
const QUEUE = arn('sqs', 'orders');
const FUNCTION = arn('lambda', 'function:enrich');
const MACHINE = arn('states', 'stateMachine:ship');
const ROLE = `arn:aws:iam::${ACCOUNT}:role/pipe`;

const aPipe = (overrides: Partial<Pipe> = {}): Pipe => ({
  Arn: ARN,
  Name: 'orders',
  DesiredState: 'RUNNING',
  CurrentState: 'STARTING',
  Source: QUEUE,
  Enrichment: FUNCTION,
  Target: MACHINE,
  ...overrides,
});

const mock = mockClient(PipesClient);
beforeEach(() => {
  mock.reset();
  mock.on(ListPipesCommand).resolves({ Pipes: [aPipe()] });
  mock.on(DescribePipeCommand).resolves({ RoleArn: ROLE, Tags: { team: 'media' } });
});

const convert = (pipe: Partial<Pipe>, described: Partial<DescribePipeResponse> = {}) =>
  sorted(
    toPipe(aPipe(pipe), HOME, {
      description: { known: true, value: { RoleArn: ROLE, ...described } },
      definitions: new Map(),
    }),
  );

describe('a pipe', () => {
  it('is started by its source and starts what comes after, as its role', async () => {
    const { nodes, edges, row } = await look(pipes);
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'orders',
      region: REGION,
      state: 'RUNNING',
      source_arn: QUEUE,
      enrichment_arn: FUNCTION,
      target_arn: MACHINE,
      role_arn: ROLE,
      source_secret_arns: [],
      encryption_key: null,
      tags: [{ key: 'team', value: 'media' }],
    });
    expect(
      edges.slice(1).map(({ edge_type, from, to }) => [edge_type, from.source_record_id, to.source_record_id]),
    ).toEqual([
      ['INVOKES', QUEUE, ARN],
      ['INVOKES', ARN, FUNCTION],
      ['INVOKES', ARN, MACHINE],
      ['RUNS_AS', ARN, ROLE],
    ]);
    expect(row.status).toBe('complete');
  });

  it('that may not be described is there, without its role', async () => {
    mock.on(DescribePipeCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, edges, gaps } = await look(pipes);
    expect(nodes[0]?.properties).not.toHaveProperty('role_arn');
    expect(edges.map(({ edge_type }) => edge_type)).not.toContain('RUNS_AS');
    expect(gaps).toEqual([expect.objectContaining({ action: 'pipes:DescribePipe', item: ARN })]);
  });

  it('from the stream of a table is started by the table', () => {
    const { edges } = convert({ Source: arn('dynamodb', 'table/orders/stream/2026-01-01T00:00:00.000') });
    expect(edges[1]?.from).toMatchObject({
      entity_type: 'aws_dynamodb_table',
      source_record_id: arn('dynamodb', 'table/orders'),
    });
  });

  it('without enrichment says so', () => {
    for (const Enrichment of [undefined, '']) {
      expect(convert({ Enrichment }).nodes[0]?.properties.enrichment_arn).toBeNull();
    }
  });

  it('that starts tasks leads to their definition', () => {
    const cluster = arn('ecs', 'cluster/media');
    const definition = arn('ecs', 'task-definition/ship:1');
    const { edges } = convert(
      { Target: cluster },
      { TargetParameters: { EcsTaskParameters: { TaskDefinitionArn: definition } } },
    );
    expect(edges.find(({ to }) => to.source_record_id === definition)?.properties).toEqual({ cluster_arn: cluster });
  });

  it('names the secrets with which it signs in, and keeps nothing of filters, inputs and overrides', () => {
    const secret = arn('secretsmanager', 'secret:kafka-AbCdEf');
    const { nodes, observations } = convert(
      { Source: 'smk://kafka.example.com:9092' },
      {
        SourceParameters: {
          FilterCriteria: { Filters: [{ Pattern: 'hunter2' }] },
          SelfManagedKafkaParameters: { TopicName: 'x', Credentials: { BasicAuth: secret } },
        },
        EnrichmentParameters: { InputTemplate: 'hunter2' },
        TargetParameters: { InputTemplate: 'hunter2' },
      },
    );
    expect(nodes[0]?.properties.source_secret_arns).toEqual([secret]);
    expect(JSON.stringify(observations)).not.toContain('hunter2');
  });

  it('without a source is unreadable', () => {
    expect(() => convert({ Source: undefined })).toThrow('the item has no Source');
  });
});
