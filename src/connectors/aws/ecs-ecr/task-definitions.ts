import {
  type ContainerDefinition,
  DescribeTaskDefinitionCommand,
  ECSClient,
  type Tag,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import { parseArn } from '../../../kernel/arn.ts';
import type { EntityRef, Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { known, required } from '../properties.ts';
import { answered, oneItem, readItem } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { containerProperties, environmentIdentifiers } from './containers.ts';
import { imageName } from './image.ts';
import { tagsOf } from './tags.ts';

export const DESCRIBE_TASK_DEFINITION = 'ecs:DescribeTaskDefinition';

/** Task definitions that a run of a collector has looked at: the ARN by what it was named. */
export type LookedAt = Map<string, string>;

/**
 * The task definition that somebody uses, looked at once. Returns its ARN: a family named without revision is its latest
 * one. What could not be looked at keeps the name that it had.
 */
export async function* definitionInUse(
  session: AwsSession,
  named: string,
  lookedAt: LookedAt,
): AsyncGenerator<Observation, string, undefined> {
  const before = lookedAt.get(named);
  if (before !== undefined) return before;
  lookedAt.set(named, named);
  yield* oneItem({ action: DESCRIBE_TASK_DEFINITION, item: named }, async function* () {
    // One that was deleted is a `ClientException`. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
    const read = yield* readItem(
      { action: DESCRIBE_TASK_DEFINITION, item: named, absent: ['ClientException'] },
      async () => {
        const { taskDefinition, tags } = await session
          .client(ECSClient)
          .send(new DescribeTaskDefinitionCommand({ taskDefinition: named, include: ['TAGS'] }));
        return { definition: answered(taskDefinition, 'taskDefinition'), tags };
      },
    );
    if (!read.known || !read.value) return;
    const { definition, tags } = read.value;
    const arn = required(definition.taskDefinitionArn, 'taskDefinitionArn');
    const isNew = arn === named || !lookedAt.has(arn);
    lookedAt.set(named, arn);
    lookedAt.set(arn, arn);
    if (isNew) yield* toTaskDefinition(definition, tags, session);
  });
  return lookedAt.get(named) ?? named;
}

/** A task definition with its roles and the repositories of its images. Throws TypeError on a record that makes no sense. */
export function* toTaskDefinition(
  definition: TaskDefinition,
  tags: readonly Tag[] | undefined,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Observation, void, undefined> {
  const arn = required(definition.taskDefinitionArn, 'taskDefinitionArn');
  const ref = arnRef('aws_ecs_task_definition', arn);
  const containers = definition.containerDefinitions ?? [];
  const taskRole = roleArn(definition.taskRoleArn, session);
  const executionRole = roleArn(definition.executionRoleArn, session);
  yield {
    kind: 'node',
    ...ref,
    display_name: `${required(definition.family, 'family')}:${required(definition.revision, 'revision')}`,
    properties: known({
      arn,
      family: definition.family,
      revision: definition.revision,
      region: session.region,
      status: definition.status,
      task_role_arn: taskRole ?? null,
      execution_role_arn: executionRole ?? null,
      network_mode: definition.networkMode ?? null,
      launch_types: [...(definition.requiresCompatibilities ?? [])].sort(),
      environment_identifiers: environmentIdentifiers(containers),
      containers: containers.map((container) => containerProperties(container, session)),
      tags: tagsOf(tags),
    }),
    api: DESCRIBE_TASK_DEFINITION,
  };
  yield belongsTo(ref, session, DESCRIBE_TASK_DEFINITION);
  if (taskRole) yield runsAs(ref, taskRole, { field: 'taskRoleArn', used_by: 'task' });
  if (executionRole) yield runsAs(ref, executionRole, { field: 'executionRoleArn', used_by: 'execution' });
  for (const container of containers) yield* toRepository(ref, container, session);
}

/** Who uses a role: the code in the containers, or ECS on their behalf while it starts them (images, secrets, logs). */
export type RoleUse = 'task' | 'execution';

/** `RUNS_AS` from a task definition to one of its roles; `field` is the one that states it. */
export const runsAs = (
  definition: EntityRef,
  role: string,
  { field, used_by, api }: { readonly field: string; readonly used_by: RoleUse; readonly api?: string },
): Observation => ({
  kind: 'edge',
  edge_type: 'RUNS_AS',
  from: definition,
  to: arnRef('aws_iam_role', role),
  stated_by: statedBy(definition.source_record_id, `${field}[${role}]`),
  properties: { used_by },
  api: api ?? DESCRIBE_TASK_DEFINITION,
});

function* toRepository(
  definition: EntityRef,
  container: ContainerDefinition,
  session: Pick<AwsSession, 'partition'>,
): Generator<Observation, void, undefined> {
  const image = required(container.image, 'image');
  const { repository_arn, tag, digest } = imageName(image, session);
  if (repository_arn === null) return;
  yield {
    kind: 'edge',
    edge_type: 'STORED_IN',
    from: definition,
    to: arnRef('aws_ecr_repository', repository_arn),
    stated_by: statedBy(definition.source_record_id, `containerDefinitions[${container.name}].image[${image}]`),
    properties: { container: required(container.name, 'name'), image_tag: tag, image_digest: digest },
    api: DESCRIBE_TASK_DEFINITION,
  };
}

/** ECS takes a role by its name too. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html */
export function roleArn(
  role: string | undefined,
  { account, partition }: Pick<AwsSession, 'account' | 'partition'>,
): string | undefined {
  if (!role) return undefined;
  return parseArn(role) ? role : `arn:${partition}:iam::${account}:role/${role}`;
}
