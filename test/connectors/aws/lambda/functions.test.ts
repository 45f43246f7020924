import {
  type FunctionConfiguration,
  GetPolicyCommand,
  LambdaClient,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListFunctionUrlConfigsCommand,
  ListTagsCommand,
} from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { functions, toFunction } from '../../../../src/connectors/aws/lambda/functions.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, awsError, HOME, look, REGION } from '../look.ts';

const lambda = mockClient(LambdaClient);
beforeEach(() => {
  lambda.reset();
  lambda.on(GetPolicyCommand).rejects(awsError('ResourceNotFoundException', 'no policy', 404));
  lambda.on(ListTagsCommand).resolves({ Tags: {} });
  lambda.on(ListFunctionUrlConfigsCommand).resolves({ FunctionUrlConfigs: [] });
  lambda.on(ListAliasesCommand).resolves({ Aliases: [] });
});

const ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tagger`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/tagger`;

const aFunction = (overrides: Partial<FunctionConfiguration> = {}): FunctionConfiguration => ({
  FunctionArn: ARN,
  FunctionName: 'tagger',
  Runtime: 'nodejs24.x',
  Role: ROLE,
  PackageType: 'Zip',
  CodeSha256: 'abc=',
  LastModified: '2026-01-02T03:04:05.000+0000',
  ...overrides,
});

const convert = (overrides: Partial<FunctionConfiguration> = {}) =>
  sorted(
    toFunction(aFunction(overrides), HOME, {
      policy: { known: true, value: undefined },
      tags: { known: true, value: {} },
      urls: { known: true, value: [] },
      aliases: { known: true, value: [] },
    }),
  );

describe('a function', () => {
  it('is a node, runs as its role and belongs to its account', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: [aFunction()] });
    const { nodes, edges, row } = await look(functions);
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_lambda_function',
      source_record_id: ARN,
      properties: {
        arn: ARN,
        name: 'tagger',
        region: REGION,
        runtime: 'nodejs24.x',
        package_type: 'Zip',
        role_arn: ROLE,
        environment_names: [],
        environment_identifiers: [],
        encryption_key: null,
        function_urls: [],
        aliases: [],
        layers: [],
        code_sha256: 'abc=',
        resource_policy_hash: null,
        tags: [],
      },
    });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['BELONGS_TO', `arn:aws:iam::${ACCOUNT}:root`],
      ['RUNS_AS', ROLE],
    ]);
    expect(row.status).toBe('complete');
  });

  it('keeps the names of its environment, and no value in any form', () => {
    const { observations } = convert({ Environment: { Variables: { PASSWORD: 'hunter2', AZURE_CLIENT_ID: 'x' } } });
    expect(observations.find((seen) => seen.kind === 'node')?.properties).toMatchObject({
      environment_names: ['AZURE_CLIENT_ID', 'PASSWORD'],
      environment_identifiers: [],
    });
    expect(JSON.stringify(observations)).not.toContain('hunter2');
  });

  it('keeps the GUID by which it names an application of Entra', () => {
    const value = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
    const { nodes } = convert({ Environment: { Variables: { AZURE_CLIENT_ID: value, OTHER_ID: value } } });
    expect(nodes[0]?.properties.environment_identifiers).toEqual([{ key: 'AZURE_CLIENT_ID', value }]);
  });

  it('an environment that could not be decrypted for us is unknown, not empty', () => {
    const { nodes } = convert({ Environment: { Error: { ErrorCode: 'AccessDeniedException' } } });
    expect(nodes[0]?.properties).not.toHaveProperty('environment_names');
    expect(nodes[0]?.properties).not.toHaveProperty('environment_identifiers');
  });

  it('of a container image has no runtime', () => {
    expect(convert({ Runtime: undefined, PackageType: 'Image' }).nodes[0]?.properties).toMatchObject({ runtime: null });
  });

  it('with layers names them in their order: it matters', () => {
    const layers = ['arn:aws:lambda:eu-west-1:1:layer:b:1', 'arn:aws:lambda:eu-west-1:1:layer:a:1'];
    const { nodes } = convert({ Layers: layers.map((Arn) => ({ Arn })) });
    expect(nodes[0]?.properties.layers).toEqual(layers);
  });

  it('without an ARN is unreadable', () => {
    expect(() => convert({ FunctionArn: undefined })).toThrow('the item has no FunctionArn');
  });
});

describe('the functions of a region', () => {
  it('a refused policy leaves its property out and names the missing action', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: [aFunction()] });
    lambda.on(GetPolicyCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await look(functions);
    expect(nodes[0]?.properties).not.toHaveProperty('resource_policy_hash');
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'lambda:GetPolicy', item: ARN })]);
    expect(row.status).toBe('denied');
  });

  it('an empty policy is none', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: [aFunction()] });
    lambda.on(GetPolicyCommand).resolves({ Policy: '{"Version":"2012-10-17","Statement":[]}' });
    const { nodes } = await look(functions);
    expect(nodes[0]?.properties.resource_policy_hash).toBeNull();
  });

  it('a policy that is no JSON makes its function unreadable, and no other', async () => {
    const other = `${ARN}2`;
    const both = [aFunction(), aFunction({ FunctionArn: other, FunctionName: 'tagger2' })];
    lambda.on(ListFunctionsCommand).resolves({ Functions: both });
    lambda.on(GetPolicyCommand, { FunctionName: ARN }).resolves({ Policy: 'oops' });
    const { nodes, gaps } = await look(functions);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([other]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: ARN })]);
  });

  it('a function that vanished while we looked is absent', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: [aFunction()] });
    lambda.on(ListTagsCommand).rejects(awsError('ResourceNotFoundException', 'no function', 404));
    const { observations, row } = await look(functions);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('come page by page', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: [aFunction()], NextMarker: '2' });
    lambda.on(ListFunctionsCommand, { Marker: '2' }).resolves({ Functions: [] });
    expect((await look(functions)).cursors).toEqual(['2']);
  });
});

describe('who may invoke a function', () => {
  const FOR_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"lambda:Invoke*"}]}';
  beforeEach(() => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: [aFunction()] });
  });

  const aUrl = (FunctionUrl: string, AuthType: 'NONE' | 'AWS_IAM', FunctionArn = ARN) => ({
    FunctionUrl,
    AuthType,
    FunctionArn,
    CreationTime: 'then',
    LastModifiedTime: 'then',
    Cors: { AllowOrigins: ['*'] },
  });

  it('is told by its URLs, each with its auth type and the alias that it calls', async () => {
    lambda
      .on(ListFunctionUrlConfigsCommand)
      .resolves({ FunctionUrlConfigs: [aUrl('https://b/', 'AWS_IAM', `${ARN}:live`), aUrl('https://a/', 'NONE')] });
    const [node] = (await look(functions)).nodes;
    expect(node?.properties.function_urls).toEqual([
      { url: 'https://a/', qualifier: null, auth_type: 'NONE' },
      { url: 'https://b/', qualifier: 'live', auth_type: 'AWS_IAM' },
    ]);
    expect(node?.correlation_keys).toEqual([
      { kind: 'endpoint_url', value: 'https://a' },
      { kind: 'endpoint_url', value: 'https://b' },
    ]);
  });

  it('is told by the policies of its aliases: a call for each, and none for versions', async () => {
    lambda.on(ListAliasesCommand).resolves({ Aliases: [{ Name: 'live', FunctionVersion: '7' }], NextMarker: '2' });
    lambda.on(ListAliasesCommand, { Marker: '2' }).resolves({ Aliases: [{ Name: 'beta', FunctionVersion: '8' }] });
    lambda.on(GetPolicyCommand, { FunctionName: ARN, Qualifier: 'live' }).resolves({ Policy: FOR_ALL });
    const { nodes, observations, row } = await look(functions);
    const policy = observations.find(({ kind }) => kind === 'policy_document');
    expect(nodes[0]?.properties).toMatchObject({
      resource_policy_hash: null,
      aliases: [
        { name: 'beta', function_version: '8', resource_policy_hash: null },
        {
          name: 'live',
          function_version: '7',
          resource_policy_hash: policy?.kind === 'policy_document' && policy.hash,
        },
      ],
    });
    expect(lambda.commandCalls(GetPolicyCommand)).toHaveLength(3);
    expect(row.status).toBe('complete');
  });

  it('an alias whose policy is refused is there, its policy is unknown', async () => {
    lambda.on(ListAliasesCommand).resolves({ Aliases: [{ Name: 'live', FunctionVersion: '7' }] });
    lambda
      .on(GetPolicyCommand, { FunctionName: ARN, Qualifier: 'live' })
      .rejects(awsError('AccessDeniedException', 'no', 403));
    const { nodes, gaps } = await look(functions);
    expect(nodes[0]?.properties.aliases).toEqual([{ name: 'live', function_version: '7' }]);
    expect(gaps).toEqual([expect.objectContaining({ action: 'lambda:GetPolicy', item: `${ARN}:live` })]);
  });

  const CALLS = [
    {
      action: 'lambda:ListFunctionUrlConfigs',
      property: 'function_urls',
      refuse: () => lambda.on(ListFunctionUrlConfigsCommand).rejects(awsError('AccessDeniedException', 'no', 403)),
      leaveOut: () => lambda.on(ListFunctionUrlConfigsCommand).resolves({}),
    },
    {
      action: 'lambda:ListAliases',
      property: 'aliases',
      refuse: () => lambda.on(ListAliasesCommand).rejects(awsError('AccessDeniedException', 'no', 403)),
      leaveOut: () => lambda.on(ListAliasesCommand).resolves({}),
    },
  ];

  it.each(CALLS)('a refused $action leaves its property out, and the function is there', async (call) => {
    call.refuse();
    const { nodes, gaps, row } = await look(functions);
    expect(nodes[0]?.properties).toHaveProperty('role_arn');
    expect(nodes[0]?.properties).not.toHaveProperty(call.property);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: call.action, item: ARN })]);
    expect(row.status).toBe('denied');
  });

  it.each(CALLS)('an answer of $action without its list is a gap, and no empty list', async (call) => {
    call.leaveOut();
    const { nodes, gaps } = await look(functions);
    expect(nodes[0]?.properties).not.toHaveProperty(call.property);
    expect(gaps).toEqual([expect.objectContaining({ action: call.action, item: ARN })]);
  });
});
