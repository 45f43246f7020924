import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { secretArn } from '../../../../src/connectors/aws/ecs-ecr/containers.ts';
import { imageName } from '../../../../src/connectors/aws/ecs-ecr/image.ts';
import { toTaskDefinition } from '../../../../src/connectors/aws/ecs-ecr/task-definitions.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, HOME, REGION } from '../look.ts';

const ARN = `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/encoder:3`;
const ECR = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const repository = (name: string) => `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${name}`;

const convert = (container: ContainerDefinition, overrides: Partial<TaskDefinition> = {}) =>
  sorted(
    toTaskDefinition(
      {
        taskDefinitionArn: ARN,
        family: 'encoder',
        revision: 3,
        containerDefinitions: [{ name: 'main', image: 'nginx', ...container }],
        ...overrides,
      },
      [{ key: 'team', value: 'media' }],
      HOME,
    ),
  );

describe('a task definition', () => {
  it('without roles says so, and has no edge to one', () => {
    const { nodes, edges } = convert({});
    expect(nodes[0]?.properties).toMatchObject({ task_role_arn: null, execution_role_arn: null, launch_types: [] });
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
  });

  it('says of a container what AWS takes for granted', () => {
    expect(convert({}).nodes[0]?.properties.containers).toEqual([
      expect.objectContaining({ name: 'main', essential: true, privileged: false }),
    ]);
    expect(convert({ essential: false, privileged: true }).nodes[0]?.properties.containers).toEqual([
      expect.objectContaining({ essential: false, privileged: true }),
    ]);
  });

  it('may name its role without an ARN', () => {
    const { nodes } = convert({}, { taskRoleArn: 'encoder' });
    expect(nodes[0]?.properties.task_role_arn).toBe(`arn:aws:iam::${ACCOUNT}:role/encoder`);
  });

  it('keeps the names of its environment and what identifies in Entra, and no other value in any form', () => {
    const { observations, nodes } = convert({
      environment: [
        { name: 'PASSWORD', value: 'hunter2' },
        { name: 'AZURE_CLIENT_ID', value: '0F8FAD5B-D9CB-469F-A165-70867728950E' },
      ],
      command: ['--password=hunter2'],
      dockerLabels: { password: 'hunter2' },
      logConfiguration: { logDriver: 'splunk', options: { 'splunk-token': 'hunter2' } },
    });
    expect(nodes[0]?.properties.containers).toEqual([
      expect.objectContaining({ environment_names: ['AZURE_CLIENT_ID', 'PASSWORD'] }),
    ]);
    expect(nodes[0]?.properties.environment_identifiers).toEqual([
      { key: 'AZURE_CLIENT_ID', value: '0f8fad5b-d9cb-469f-a165-70867728950e' },
    ]);
    expect(JSON.stringify(observations)).not.toContain('hunter2');
  });

  it('says where its secrets are, those of its log driver too', () => {
    const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:db-AbCdEf`;
    const { nodes } = convert({
      secrets: [{ name: 'PASSWORD', valueFrom: `${secret}:password::` }],
      logConfiguration: { logDriver: 'splunk', secretOptions: [{ name: 'splunk-token', valueFrom: '/splunk/token' }] },
      repositoryCredentials: { credentialsParameter: secret },
      environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::config/app.env' }],
    });
    expect(nodes[0]?.properties.containers).toEqual([
      expect.objectContaining({
        secrets: [
          { name: 'PASSWORD', arn: secret },
          { name: 'splunk-token', arn: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/splunk/token` },
        ],
        registry_credentials_arn: secret,
        environment_file_arns: ['arn:aws:s3:::config/app.env'],
      }),
    ]);
  });

  it('whose image is in ECR leads to the repository', () => {
    const { edges } = convert({ image: `${ECR}/media/encoder:v1` });
    expect(edges.find(({ edge_type }) => edge_type === 'STORED_IN')).toMatchObject({
      from: { source_record_id: ARN },
      to: { entity_type: 'aws_ecr_repository', source_record_id: repository('media/encoder') },
      properties: { container: 'main', image_tag: 'v1', image_digest: null },
    });
  });

  it('with a container that has no image is unreadable', () => {
    expect(() => convert({ image: undefined })).toThrow('the item has no image');
  });
});

it.each([
  ['nginx', { name: 'nginx', tag: null, digest: null, repository_arn: null }],
  ['nginx:1.2', { name: 'nginx', tag: '1.2', digest: null, repository_arn: null }],
  ['registry.local:5000/a/b', { name: 'registry.local:5000/a/b', tag: null, digest: null, repository_arn: null }],
  [
    'public.ecr.aws/nginx/nginx:1',
    { name: 'public.ecr.aws/nginx/nginx', tag: '1', digest: null, repository_arn: null },
  ],
  [`${ECR}/a:b@sha256:0f`, { name: `${ECR}/a`, tag: 'b', digest: 'sha256:0f', repository_arn: repository('a') }],
  [`${ECR}/a@sha256:0f`, { name: `${ECR}/a`, tag: null, digest: 'sha256:0f', repository_arn: repository('a') }],
  [
    `${ACCOUNT}.dkr-ecr.${REGION}.on.aws/a`,
    { name: `${ACCOUNT}.dkr-ecr.${REGION}.on.aws/a`, tag: null, digest: null, repository_arn: repository('a') },
  ],
])('the image %s is taken apart', (image, expected) => {
  expect(imageName(image, HOME)).toEqual(expected);
});

const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:db-AbCdEf`;
const PARAMETER = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/db/password`;

it.each([
  [SECRET, SECRET],
  [`${SECRET}:key:AWSCURRENT:1`, SECRET],
  [PARAMETER, PARAMETER],
  ['/db/password', PARAMETER],
  ['db/password', PARAMETER],
  ['not a reference: hunter2', null],
  ['', null],
])('the reference %s to a secret leads to it, and what is none is not kept', (valueFrom, expected) => {
  expect(secretArn(valueFrom, HOME)).toBe(expected);
});
