import {
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { stateMachines } from '../../../../src/connectors/aws/step-functions/state-machines.ts';
import type { Json } from '../../../../src/kernel/canonical.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const ARN = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:publish`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/publish`;
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tagger`;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`;

const sfn = mockClient(SFNClient);

const aMachine = (stateMachineArn = ARN) => ({
  stateMachineArn,
  name: stateMachineArn.split(':').at(-1) ?? '',
  type: 'STANDARD' as const,
  creationDate: new Date(0),
});

const described = (definition: Json | string = { States: {} }) => ({
  stateMachineArn: ARN,
  name: 'publish',
  roleArn: ROLE,
  type: 'STANDARD' as const,
  creationDate: new Date(0),
  definition: typeof definition === 'string' ? definition : JSON.stringify(definition),
});

const invoke = (FunctionName: string, more: { readonly [key: string]: Json } = {}): Json => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName, ...more },
});

beforeEach(() => {
  sfn.reset();
  sfn.on(ListStateMachinesCommand).resolves({ stateMachines: [aMachine()] });
  sfn.on(DescribeStateMachineCommand).resolves(described());
  sfn.on(ListTagsForResourceCommand).resolves({ tags: [{ key: 'team', value: 'media' }] });
});

describe('a state machine', () => {
  it('is a node, runs as its role and belongs to its account', async () => {
    const { nodes, edges, row } = await look(stateMachines);
    expect(nodes).toEqual([
      expect.objectContaining({
        entity_type: 'aws_state_machine',
        source_record_id: ARN,
        display_name: 'publish',
        properties: {
          arn: ARN,
          name: 'publish',
          region: REGION,
          machine_type: 'STANDARD',
          role_arn: ROLE,
          encryption_key: null,
          calls: [],
          tags: [{ key: 'team', value: 'media' }],
        },
      }),
    ]);
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['BELONGS_TO', `arn:aws:iam::${ACCOUNT}:root`],
      ['RUNS_AS', ROLE],
    ]);
    expect(row.status).toBe('complete');
  });

  it('invokes what its definition starts, once for each thing, and says how', async () => {
    const definition = {
      States: {
        A: invoke(`${FUNCTION}:live`),
        B: invoke('tagger'),
        C: { Type: 'Task', Resource: FUNCTION },
        D: { Type: 'Task', Resource: 'arn:aws:states:::dynamodb:getItem', Parameters: { TableName: 'customers' } },
        E: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { 'FunctionName.$': '$.f' } },
      },
    };
    sfn.on(DescribeStateMachineCommand).resolves(described(definition));
    const { nodes, edges } = await look(stateMachines);
    expect(edges.filter(({ edge_type }) => edge_type === 'INVOKES')).toEqual([
      {
        kind: 'edge',
        edge_type: 'INVOKES',
        from: expect.objectContaining({ entity_type: 'aws_state_machine', source_record_id: ARN }),
        to: expect.objectContaining({ entity_type: 'aws_lambda_function', source_record_id: FUNCTION }),
        stated_by: {
          source_system_id: `aws:${ACCOUNT}`,
          source_record_id: ARN,
          source_field_path: `definition.Task[${FUNCTION}]`,
        },
        properties: { actions: ['lambda:invoke'], qualifiers: ['live'] },
        api: 'states:DescribeStateMachine',
      },
    ]);
    const nothing = { qualifier: null, target_is_dynamic: false, role_arn: null, role_is_dynamic: false };
    const table = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/customers`;
    expect(nodes[0]?.properties.calls).toEqual([
      { ...nothing, service: 'dynamodb', action: 'getItem', target: table },
      { ...nothing, service: 'lambda', action: 'invoke', target: FUNCTION, qualifier: 'live' },
      { ...nothing, service: 'lambda', action: 'invoke', target: FUNCTION },
      { ...nothing, service: 'lambda', action: 'invoke', target: null, target_is_dynamic: true },
    ]);
  });

  it('is the same in whatever order its definition is written', async () => {
    const [a, b, c] = [invoke('a'), invoke('b'), { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:x:y' }];
    sfn.on(DescribeStateMachineCommand).resolves(described({ States: { A: a, B: b, C: c } }));
    const one = await look(stateMachines);
    sfn.on(DescribeStateMachineCommand).resolves(described({ States: { C: c, B: b, A: a, D: a } }));
    const other = await look(stateMachines);
    expect(other.nodes).toEqual(one.nodes);
    expect(new Set(other.edges)).toEqual(new Set(one.edges));
  });

  it('keeps nothing else of its definition', async () => {
    const secret = { Payload: { password: 'hunter2' }, ClientContext: 'hunter2' };
    const States = {
      A: { ...Object(invoke('tagger', secret)), Comment: 'hunter2', ResultSelector: { x: 'hunter2' } },
      B: { Type: 'Pass', Result: 'hunter2' },
    };
    sfn.on(DescribeStateMachineCommand).resolves(described({ Comment: 'hunter2', States }));
    const { observations } = await look(stateMachines);
    expect(observations.some(({ kind }) => kind === 'edge')).toBe(true);
    expect(JSON.stringify(observations)).not.toContain('hunter2');
  });

  it.each([
    ['is no JSON', '{"States": hunter2', 'the definition is not JSON'],
    ['has no states', '{}', 'States is not an object'],
    ['is missing', '', 'the item has no definition'],
  ])('whose definition %s is one gap, and still a node with its role', async (_, definition, message) => {
    sfn.on(DescribeStateMachineCommand).resolves(described(definition));
    const { nodes, edges, gaps, row } = await look(stateMachines);
    expect(nodes[0]?.properties).toMatchObject({ role_arn: ROLE });
    expect(nodes[0]?.properties).not.toHaveProperty('calls');
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO', 'RUNS_AS']);
    expect(gaps).toEqual([
      {
        kind: 'gap',
        code: 'unreadable_item',
        action: 'states:DescribeStateMachine',
        item: ARN,
        message: expect.stringContaining(message),
      },
    ]);
    expect(JSON.stringify(gaps)).not.toContain('hunter2');
    expect(row.status).toBe('failed');
  });

  it.each(['KmsAccessDeniedException', 'KmsInvalidStateException'])(
    'whose definition a key seals (%s) is asked for without it',
    async (name) => {
      const encryptionConfiguration = { type: 'CUSTOMER_MANAGED_KMS_KEY' as const, kmsKeyId: KEY };
      sfn.on(DescribeStateMachineCommand).rejects(awsError(name, 'the key says no'));
      sfn
        .on(DescribeStateMachineCommand, { stateMachineArn: ARN, includedData: 'METADATA_ONLY' })
        .resolves({ ...described('{}'), encryptionConfiguration });
      const { nodes, edges, gaps } = await look(stateMachines);
      expect(nodes[0]?.properties).toMatchObject({ role_arn: ROLE, encryption_key: KEY });
      expect(nodes[0]?.properties).not.toHaveProperty('calls');
      expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO', 'RUNS_AS']);
      expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'kms:Decrypt', item: ARN })]);
    },
  );
});

describe('the state machines of a region', () => {
  it('a refused description leaves its properties out and names the missing action', async () => {
    sfn.on(DescribeStateMachineCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, edges, gaps, row } = await look(stateMachines);
    expect(nodes[0]?.properties).toMatchObject({ name: 'publish', machine_type: 'STANDARD' });
    for (const property of ['role_arn', 'encryption_key', 'calls']) {
      expect(nodes[0]?.properties).not.toHaveProperty(property);
    }
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'states:DescribeStateMachine' })]);
    expect(row.status).toBe('denied');
  });

  it('refused tags leave their property out, and are no empty list', async () => {
    sfn.on(ListTagsForResourceCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(stateMachines);
    expect(nodes[0]?.properties).not.toHaveProperty('tags');
    expect(gaps).toEqual([expect.objectContaining({ action: 'states:ListTagsForResource', item: ARN })]);
  });

  it('a description without a role is a gap, and its machine a node', async () => {
    sfn.on(DescribeStateMachineCommand).resolves({ ...described(), roleArn: undefined });
    const { nodes, gaps } = await look(stateMachines);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: ARN })]);
  });

  it('one without a name is one gap, and its siblings go on', async () => {
    sfn
      .on(ListStateMachinesCommand)
      .resolves({ stateMachines: [{ ...aMachine(), name: undefined }, aMachine(`${ARN}2`)] });
    const { nodes, gaps } = await look(stateMachines);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([`${ARN}2`]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: ARN })]);
  });

  it.each([
    ['on being described', DescribeStateMachineCommand, 'StateMachineDoesNotExist'],
    ['on being asked for tags', ListTagsForResourceCommand, 'ResourceNotFound'],
  ] as const)('a machine that vanished (%s) is absent', async (_, command, name) => {
    if (command === DescribeStateMachineCommand) sfn.on(DescribeStateMachineCommand).rejects(awsError(name));
    else sfn.on(ListTagsForResourceCommand).rejects(awsError(name));
    const { observations, row } = await look(stateMachines);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('come page by page, and go on from a checkpoint', async () => {
    sfn.on(ListStateMachinesCommand).resolves({ stateMachines: [aMachine()], nextToken: '2' });
    sfn.on(ListStateMachinesCommand, { nextToken: '2' }).resolves({ stateMachines: [aMachine(`${ARN}2`)] });
    expect((await look(stateMachines)).cursors).toEqual(['2']);
    const rest = await look(stateMachines, '2');
    expect(rest.nodes.map(({ source_record_id }) => source_record_id)).toEqual([`${ARN}2`]);
  });

  it('a refused listing is a gap and no empty region', async () => {
    sfn.on(ListStateMachinesCommand).rejects(awsError('AccessDeniedException'));
    const { gaps, row } = await look(stateMachines);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'states:ListStateMachines' })]);
    expect(row.status).toBe('denied');
  });

  it('an answer without its list is malformed', async () => {
    sfn.on(ListStateMachinesCommand).resolves({});
    expect((await look(stateMachines)).row.status).toBe('failed');
  });
});
