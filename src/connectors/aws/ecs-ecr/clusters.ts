import {
  type Cluster,
  DescribeClustersCommand,
  ECSClient,
  ListClustersCommand,
  type ListClustersResponse,
} from '@aws-sdk/client-ecs';
import { parseArn } from '../../../kernel/arn.ts';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { type ListingStep, nestedListings, type ReadPage, type StepOutcome } from '../nested-listings.ts';
import { known, required } from '../properties.ts';
import { listed, oneItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { described } from './described.ts';
import { SERVICE_ACTIONS, servicesOf } from './services.ts';
import { tagsOf } from './tags.ts';
import { DESCRIBE_TASK_DEFINITION, type LookedAt } from './task-definitions.ts';
import { TASK_ACTIONS, tasksOf } from './tasks.ts';

const LIST = 'ecs:ListClusters';
const DESCRIBE = 'ecs:DescribeClusters';

/**
 * The clusters of a region, their services and tasks, and the task definitions that these use: of all revisions ever, those
 * that somebody runs. What rules and schedules start, their collectors look at.
 */
export const clusters: AwsCollector = {
  id: 'ecs.clusters',
  category: 'aws_ecs_ecr',
  regional: true,
  entity_types: ['aws_ecs_cluster', 'aws_ecs_service', 'aws_ecs_task_definition'],
  edge_types: ['BELONGS_TO', 'INVOKES', 'RUNS_AS', 'STORED_IN'],
  actions: [LIST, DESCRIBE, ...SERVICE_ACTIONS, ...TASK_ACTIONS, DESCRIBE_TASK_DEFINITION],
  async *collect(session, cursor) {
    const lookedAt: LookedAt = new Map();
    yield* nestedListings({
      first: 'clusters',
      cursor,
      look: (step, read) => lookAt(session, step, read, lookedAt),
    });
  },
};

function lookAt(session: AwsSession, { list, parent }: ListingStep, read: ReadPage, lookedAt: LookedAt) {
  if (parent !== undefined && list === 'services') return servicesOf(session, parent, read, lookedAt);
  if (parent !== undefined && list === 'tasks') return tasksOf(session, parent, read, lookedAt);
  return clustersOf(session, read);
}

async function* clustersOf(session: AwsSession, read: ReadPage): AsyncGenerator<Observation, StepOutcome, undefined> {
  const client = session.client(ECSClient);
  const page = await read<ListClustersResponse>(LIST, (nextToken) =>
    client.send(new ListClustersCommand({ nextToken })),
  );
  const arns = listed(LIST, page.clusterArns);
  if (arns.length === 0) return { next: page.nextToken };
  const { things, gone } = yield* described<Cluster>({
    action: DESCRIBE,
    arns,
    item: arns.join(', '),
    read: async () => {
      const answer = await client.send(
        new DescribeClustersCommand({ clusters: [...arns], include: ['TAGS', 'CONFIGURATIONS'] }),
      );
      return { things: answer.clusters, failures: answer.failures };
    },
    arnOf: ({ clusterArn }) => clusterArn,
  });
  // One that was deleted can be described for a while. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html
  const present = arns.filter((arn) => !gone.has(arn) && things.get(arn)?.status !== 'INACTIVE');
  for (const arn of present) {
    yield* oneItem({ action: LIST, item: arn }, () => toCluster(arn, things.get(arn), session));
  }
  return {
    next: page.nextToken,
    below: present.flatMap((parent) => [
      { list: 'services', parent },
      { list: 'tasks', parent },
    ]),
  };
}

/** A cluster; `cluster` is absent where it could not be described. How much runs in it changes by itself and is not copied. */
export function* toCluster(
  arn: string,
  cluster: Cluster | undefined,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_ecs_cluster', arn);
  const name = required(parseArn(arn)?.resource.replace(/^cluster\//, ''), 'name');
  const execute = cluster?.configuration?.executeCommandConfiguration;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      capacity_providers: cluster && [...(cluster.capacityProviders ?? [])].sort(),
      execute_command_logging: cluster && (execute?.logging ?? null),
      execute_command_key: cluster && (execute?.kmsKeyId ?? null),
      tags: cluster && tagsOf(cluster.tags),
    }),
    api: LIST,
    property_apis: {
      capacity_providers: DESCRIBE,
      execute_command_logging: DESCRIBE,
      execute_command_key: DESCRIBE,
      tags: DESCRIBE,
    },
  };
  yield belongsTo(ref, session, LIST);
}
