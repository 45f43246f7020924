import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type ListTasksResponse,
  type Task,
} from '@aws-sdk/client-ecs';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef } from '../entity-ref.ts';
import type { ReadPage, StepOutcome } from '../nested-listings.ts';
import { required } from '../properties.ts';
import { listed, oneItem } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { described } from './described.ts';
import { definitionInUse, type LookedAt, roleArn, runsAs } from './task-definitions.ts';

const LIST = 'ecs:ListTasks';
const DESCRIBE = 'ecs:DescribeTasks';
export const TASK_ACTIONS = [LIST, DESCRIBE] as const;

/**
 * A page of the tasks that run in a cluster, of which the definitions are kept and the roles that they were started with
 * instead of the definition's. Tasks themselves come and go; those of services say nothing that the service does not. A page
 * is a description at most: 100. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
 */
export async function* tasksOf(
  session: AwsSession,
  cluster: string,
  read: ReadPage,
  lookedAt: LookedAt,
): AsyncGenerator<Observation, StepOutcome, undefined> {
  const client = session.client(ECSClient);
  const page = await read<ListTasksResponse>(LIST, (nextToken) =>
    client.send(new ListTasksCommand({ cluster, nextToken })),
  );
  const arns = listed(LIST, page.taskArns);
  if (arns.length === 0) return { next: page.nextToken };
  const { things } = yield* described<Task>({
    action: DESCRIBE,
    arns,
    item: cluster,
    read: async () => {
      const answer = await client.send(new DescribeTasksCommand({ cluster, tasks: [...arns] }));
      return { things: answer.tasks, failures: answer.failures };
    },
    arnOf: ({ taskArn }) => taskArn,
  });
  for (const task of things.values()) {
    if (task.group?.startsWith('service:')) continue;
    yield* oneItem({ action: DESCRIBE, item: task.taskArn ?? cluster }, async function* () {
      const named = required(task.taskDefinitionArn, 'taskDefinitionArn');
      const definition = yield* definitionInUse(session, named, lookedAt);
      yield* toOverrides(definition, task, session);
    });
  }
  return { next: page.nextToken };
}

/** `RUNS_AS` of a task definition to the roles that a task was started with instead of its own. */
export function* toOverrides(
  definition: string,
  task: Task,
  session: Pick<AwsSession, 'account' | 'partition'>,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_ecs_task_definition', definition);
  const { taskRoleArn, executionRoleArn } = task.overrides ?? {};
  const taskRole = roleArn(taskRoleArn, session);
  const executionRole = roleArn(executionRoleArn, session);
  if (taskRole) yield runsAs(ref, taskRole, { field: 'overrides.taskRoleArn', used_by: 'task', api: DESCRIBE });
  if (executionRole) {
    yield runsAs(ref, executionRole, { field: 'overrides.executionRoleArn', used_by: 'execution', api: DESCRIBE });
  }
}
