import {
  type Cluster,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  ListServicesCommand,
  ListTasksCommand,
  type Service,
  type Task,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { clusters } from '../../../../src/connectors/aws/ecs-ecr/clusters.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const arn = (resource: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

const CLUSTER = arn('cluster/media');
const OTHER = arn('cluster/other');
const SERVICE = arn('service/media/encoder');
const DEFINITION = arn('task-definition/encoder:3');
const TASK = arn('task/media/1');

const aCluster = (overrides: Partial<Cluster> = {}): Cluster => ({
  clusterArn: CLUSTER,
  clusterName: 'media',
  status: 'ACTIVE',
  capacityProviders: ['FARGATE_SPOT', 'FARGATE'],
  tags: [{ key: 'team', value: 'media' }],
  ...overrides,
});

const aService = (overrides: Partial<Service> = {}): Service => ({
  serviceArn: SERVICE,
  serviceName: 'encoder',
  clusterArn: CLUSTER,
  status: 'ACTIVE',
  launchType: 'FARGATE',
  schedulingStrategy: 'REPLICA',
  taskDefinition: DEFINITION,
  desiredCount: 2,
  tags: [],
  ...overrides,
});

const aDefinition = (overrides: Partial<TaskDefinition> = {}): TaskDefinition => ({
  taskDefinitionArn: DEFINITION,
  family: 'encoder',
  revision: 3,
  status: 'ACTIVE',
  taskRoleArn: role('encoder'),
  executionRoleArn: role('ecs-start'),
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  containerDefinitions: [{ name: 'main', image: 'nginx:1' }],
  ...overrides,
});

const aTask = (overrides: Partial<Task> = {}): Task => ({
  taskArn: TASK,
  group: 'family:encoder',
  taskDefinitionArn: DEFINITION,
  ...overrides,
});

const ecs = mockClient(ECSClient);
beforeEach(() => {
  ecs.reset();
  ecs.on(ListClustersCommand).resolves({ clusterArns: [CLUSTER] });
  ecs.on(DescribeClustersCommand).resolves({ clusters: [aCluster()], failures: [] });
  ecs.on(ListServicesCommand).resolves({ serviceArns: [SERVICE] });
  ecs.on(DescribeServicesCommand).resolves({ services: [aService()], failures: [] });
  ecs.on(ListTasksCommand).resolves({ taskArns: [] });
  ecs.on(DescribeTaskDefinitionCommand).resolves({ taskDefinition: aDefinition(), tags: [] });
});

/** The services of the cluster, and what the description says about them. */
const services = (described: readonly Service[], listed = described.map(({ serviceArn = '' }) => serviceArn)) => {
  ecs.on(ListServicesCommand).resolves({ serviceArns: [...listed] });
  ecs.on(DescribeServicesCommand).resolves({ services: [...described], failures: [] });
};

const tasks = (running: readonly Task[]) => {
  ecs.on(ListServicesCommand).resolves({ serviceArns: [] });
  ecs.on(ListTasksCommand).resolves({ taskArns: running.map(({ taskArn = '' }) => taskArn) });
  ecs.on(DescribeTasksCommand).resolves({ tasks: [...running], failures: [] });
};

const calls = (command: Parameters<typeof ecs.commandCalls>[0]) => ecs.commandCalls(command).length;

describe('a cluster with a service', () => {
  it('is a chain of the service, its task definition and the role of that', async () => {
    const { nodes, edges, gaps, row } = await look(clusters);
    expect(nodes.map(({ entity_type, display_name }) => [entity_type, display_name])).toEqual([
      ['aws_ecs_cluster', 'media'],
      ['aws_ecs_service', 'encoder'],
      ['aws_ecs_task_definition', 'encoder:3'],
    ]);
    expect(edges.filter(({ edge_type }) => edge_type !== 'BELONGS_TO').map(shortly)).toEqual([
      ['INVOKES', SERVICE, DEFINITION, {}],
      ['RUNS_AS', DEFINITION, role('encoder'), { used_by: 'task' }],
      ['RUNS_AS', DEFINITION, role('ecs-start'), { used_by: 'execution' }],
    ]);
    expect(gaps).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('says how it is set, and not how much runs in it', async () => {
    const { nodes } = await look(clusters);
    expect(nodes[0]?.properties).toEqual({
      arn: CLUSTER,
      name: 'media',
      region: REGION,
      capacity_providers: ['FARGATE', 'FARGATE_SPOT'],
      execute_command_logging: null,
      execute_command_key: null,
      tags: [{ key: 'team', value: 'media' }],
    });
    expect(nodes[1]?.properties).toEqual({
      arn: SERVICE,
      name: 'encoder',
      region: REGION,
      cluster_arn: CLUSTER,
      launch_type: 'FARGATE',
      capacity_providers: [],
      scheduling_strategy: 'REPLICA',
      execute_command: false,
      service_role_arn: null,
      task_definition_arns: [DEFINITION],
      public_ip: false,
      tags: [],
    });
  });

  it('asks for ten services at once, and for a task definition once', async () => {
    services(Array.from({ length: 25 }, (_, n) => aService({ serviceArn: `${SERVICE}-${n}` })));
    const { nodes } = await look(clusters);
    expect(nodes.filter(({ entity_type }) => entity_type === 'aws_ecs_service')).toHaveLength(25);
    expect(calls(DescribeServicesCommand)).toBe(3);
    expect(ecs.commandCalls(ListServicesCommand)[0]?.args[0].input.maxResults).toBe(100);
    expect(calls(DescribeTaskDefinitionCommand)).toBe(1);
  });

  it('that is being deployed runs the former definition too', async () => {
    const former = arn('task-definition/encoder:2');
    services([aService({ deployments: [{ taskDefinition: DEFINITION }, { taskDefinition: former }] })]);
    ecs
      .on(DescribeTaskDefinitionCommand, { taskDefinition: former })
      .resolves({ taskDefinition: aDefinition({ taskDefinitionArn: former, revision: 2 }) });
    const { edges } = await look(clusters);
    const invoked = edges.filter(({ edge_type }) => edge_type === 'INVOKES').map(({ to }) => to.source_record_id);
    expect(invoked).toEqual([former, DEFINITION]);
    expect(calls(DescribeTaskDefinitionCommand)).toBe(2);
  });

  it('that was deleted while we looked is absent, and so is one that is no longer active', async () => {
    services([aService({ serviceArn: `${SERVICE}-2`, status: 'INACTIVE' })], [SERVICE, `${SERVICE}-2`]);
    ecs.on(DescribeServicesCommand).resolves({
      services: [aService({ serviceArn: `${SERVICE}-2`, status: 'INACTIVE' })],
      failures: [{ arn: SERVICE, reason: 'MISSING' }],
    });
    const { nodes, gaps } = await look(clusters);
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual(['aws_ecs_cluster']);
    expect(gaps).toEqual([]);
  });

  it('that is deployed by task sets runs their definitions', async () => {
    const ofSet = arn('task-definition/encoder:9');
    services([aService({ taskDefinition: undefined, taskSets: [{ taskDefinition: ofSet }] })]);
    const { edges } = await look(clusters);
    expect(edges.find(({ edge_type }) => edge_type === 'INVOKES')?.to.source_record_id).toBe(ofSet);
  });

  it('whose tasks get a public address says so', async () => {
    services([aService({ networkConfiguration: { awsvpcConfiguration: { subnets: [], assignPublicIp: 'ENABLED' } } })]);
    expect((await look(clusters)).nodes[1]?.properties.public_ip).toBe(true);
  });

  it('is absent where its cluster vanished while we looked', async () => {
    ecs.on(DescribeServicesCommand).rejects(awsError('ClusterNotFoundException'));
    const { nodes, row } = await look(clusters);
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual(['aws_ecs_cluster']);
    expect(row.status).toBe('complete');
  });

  it('of which the answer says nothing is there all the same, with a gap', async () => {
    services([aService()], [SERVICE, `${SERVICE}-2`]);
    const { nodes, gaps, row } = await look(clusters);
    expect(nodes.find(({ source_record_id }) => source_record_id === `${SERVICE}-2`)?.properties).toEqual({
      arn: `${SERVICE}-2`,
      name: 'encoder-2',
      region: REGION,
      cluster_arn: CLUSTER,
    });
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: `${SERVICE}-2` })]);
    expect(row.status).toBe('failed');
  });

  it('without a description is there, and the refusal names the action', async () => {
    ecs.on(DescribeServicesCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await look(clusters);
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual(['aws_ecs_cluster', 'aws_ecs_service']);
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'access_denied', action: 'ecs:DescribeServices', item: CLUSTER }),
    ]);
    expect(row.status).toBe('denied');
  });

  it('an answer without its list is malformed', async () => {
    ecs.on(DescribeServicesCommand).resolves({});
    const { gaps, row } = await look(clusters);
    expect(gaps[0]).toMatchObject({ code: 'unreadable_item', action: 'ecs:DescribeServices' });
    expect(row.status).toBe('failed');
  });

  it('with an odd capacity provider is unreadable, and its siblings are not', async () => {
    services([
      aService({ capacityProviderStrategy: [{ capacityProvider: undefined }] }),
      aService({ serviceArn: `${SERVICE}-2` }),
    ]);
    const { nodes, gaps } = await look(clusters);
    expect(nodes.filter(({ entity_type }) => entity_type === 'aws_ecs_service')).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: SERVICE })]);
  });
});

describe('clusters', () => {
  it('one that was deleted but can still be described is absent', async () => {
    ecs.on(DescribeClustersCommand).resolves({ clusters: [aCluster({ status: 'INACTIVE' })] });
    const { nodes } = await look(clusters);
    expect(nodes).toEqual([]);
    expect(calls(ListServicesCommand)).toBe(0);
  });

  it('one that vanished while we looked is absent', async () => {
    ecs.on(DescribeClustersCommand).resolves({ clusters: [], failures: [{ arn: CLUSTER, reason: 'MISSING' }] });
    const { observations, row } = await look(clusters);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('the services of one being refused leaves those of another', async () => {
    ecs.on(ListClustersCommand).resolves({ clusterArns: [OTHER, CLUSTER] });
    ecs.on(DescribeClustersCommand).resolves({ clusters: [aCluster(), aCluster({ clusterArn: OTHER })] });
    ecs.on(ListServicesCommand, { cluster: OTHER }).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(clusters);
    expect(nodes.map(({ entity_type }) => entity_type)).toContain('aws_ecs_service');
    expect(gaps).toEqual([expect.objectContaining({ action: 'ecs:ListServices', item: OTHER })]);
  });

  it('come page by page, and can be resumed inside one', async () => {
    ecs.on(ListServicesCommand).resolves({ serviceArns: [SERVICE], nextToken: '2' });
    ecs.on(ListServicesCommand, { nextToken: '2' }).resolves({ serviceArns: [] });
    const { cursors } = await look(clusters);
    ecs.resetHistory();
    await look(clusters, cursors[1]);
    expect(calls(ListClustersCommand)).toBe(0);
    expect(ecs.commandCalls(ListServicesCommand).map(({ args }) => args[0].input.nextToken)).toEqual(['2']);
  });

  it('a listing without its list is malformed, not empty', async () => {
    ecs.on(ListClustersCommand).resolves({});
    expect((await look(clusters)).row).toMatchObject({ status: 'failed', code: 'source_unreachable' });
  });
});

describe('tasks', () => {
  it('of services say nothing that the service does not; of others the definition is kept', async () => {
    tasks([
      aTask(),
      aTask({ taskArn: `${TASK}2`, group: 'service:encoder', taskDefinitionArn: arn('task-definition/x:1') }),
    ]);
    const { nodes } = await look(clusters);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([CLUSTER, DEFINITION]);
    expect(calls(DescribeTaskDefinitionCommand)).toBe(1);
  });

  it('started with other roles run as those too', async () => {
    tasks([aTask({ overrides: { taskRoleArn: role('admin'), executionRoleArn: role('start') } })]);
    const { edges } = await look(clusters);
    expect(edges.filter(({ edge_type }) => edge_type === 'RUNS_AS').map(shortly)).toEqual([
      ['RUNS_AS', DEFINITION, role('encoder'), { used_by: 'task' }],
      ['RUNS_AS', DEFINITION, role('ecs-start'), { used_by: 'execution' }],
      ['RUNS_AS', DEFINITION, role('admin'), { used_by: 'task' }],
      ['RUNS_AS', DEFINITION, role('start'), { used_by: 'execution' }],
    ]);
  });

  it('that ended meanwhile are no gap', async () => {
    tasks([]);
    ecs.on(ListTasksCommand).resolves({ taskArns: [TASK] });
    ecs.on(DescribeTasksCommand).resolves({ tasks: [], failures: [{ arn: TASK, reason: 'MISSING' }] });
    expect((await look(clusters)).row.status).toBe('complete');
  });
});

describe('a task definition', () => {
  it('that may not be described is a gap, and its service is there', async () => {
    ecs.on(DescribeTaskDefinitionCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, edges, gaps } = await look(clusters);
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual(['aws_ecs_cluster', 'aws_ecs_service']);
    expect(edges.map(({ edge_type }) => edge_type)).toContain('INVOKES');
    expect(gaps).toEqual([expect.objectContaining({ action: 'ecs:DescribeTaskDefinition', item: DEFINITION })]);
  });

  it('that was deleted is absent', async () => {
    ecs.on(DescribeTaskDefinitionCommand).rejects(awsError('ClientException', 'Unable to describe task definition.'));
    const { gaps, row } = await look(clusters);
    expect(gaps).toEqual([]);
    expect(row.status).toBe('complete');
  });
});

const shortly = (edge: {
  readonly edge_type: string;
  readonly from: { readonly source_record_id: string };
  readonly to: { readonly source_record_id: string };
  readonly properties: object;
}) => [edge.edge_type, edge.from.source_record_id, edge.to.source_record_id, edge.properties];
