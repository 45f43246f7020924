import {
  DescribeServicesCommand,
  ECSClient,
  ListServicesCommand,
  type ListServicesResponse,
  type Service,
} from '@aws-sdk/client-ecs';
import { parseArn } from '../../../kernel/arn.ts';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import type { ReadPage, StepOutcome } from '../nested-listings.ts';
import { known, required } from '../properties.ts';
import { listed, oneItem } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { described, inBatches } from './described.ts';
import { tagsOf } from './tags.ts';
import { definitionInUse, type LookedAt } from './task-definitions.ts';

const LIST = 'ecs:ListServices';
const DESCRIBE = 'ecs:DescribeServices';
export const SERVICE_ACTIONS = [LIST, DESCRIBE] as const;

/** Services of a page: at most 100, 10 unless it is said. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html */
const PAGE_SIZE = 100;
/** Services of a description. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const BATCH_SIZE = 10;

/** A page of the services of a cluster, and the task definitions that they run. */
export async function* servicesOf(
  session: AwsSession,
  cluster: string,
  readPage: ReadPage,
  lookedAt: LookedAt,
): AsyncGenerator<Observation, StepOutcome, undefined> {
  const client = session.client(ECSClient);
  const page = await readPage<ListServicesResponse>(LIST, (nextToken) =>
    client.send(new ListServicesCommand({ cluster, maxResults: PAGE_SIZE, nextToken })),
  );
  for (const arns of inBatches(listed(LIST, page.serviceArns), BATCH_SIZE)) {
    const { things, gone } = yield* described<Service>({
      action: DESCRIBE,
      arns,
      item: cluster,
      read: async () => {
        const answer = await client.send(
          new DescribeServicesCommand({ cluster, services: [...arns], include: ['TAGS'] }),
        );
        return { things: answer.services, failures: answer.failures };
      },
      arnOf: ({ serviceArn }) => serviceArn,
    });
    for (const arn of arns) {
      const service = things.get(arn);
      // One that was deleted can be described for a while. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
      if (gone.has(arn) || service?.status === 'INACTIVE') continue;
      yield* oneItem({ action: LIST, item: arn }, () => toService(arn, cluster, service, session));
      for (const definition of definitionsOf(service)) yield* definitionInUse(session, definition, lookedAt);
    }
  }
  return { next: page.nextToken };
}

/** The task definitions of a service: while it is deployed there are more than one. Sorted, each once. */
const definitionsOf = (service: Service | undefined): readonly string[] =>
  [
    ...new Set(
      [service, ...(service?.deployments ?? []), ...(service?.taskSets ?? [])].flatMap((use) =>
        use?.taskDefinition ? [use.taskDefinition] : [],
      ),
    ),
  ].sort();

/** A service; `service` is absent where it could not be described. Throws TypeError on a record that makes no sense. */
export function* toService(
  arn: string,
  cluster: string,
  service: Service | undefined,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_ecs_service', arn);
  const name = required(parseArn(arn)?.resource.split('/').at(-1), 'name');
  const definitions = definitionsOf(service);
  const facts = service && {
    launch_type: service.launchType ?? null,
    capacity_providers: (service.capacityProviderStrategy ?? [])
      .map(({ capacityProvider }) => required(capacityProvider, 'capacityProvider'))
      .sort(),
    scheduling_strategy: service.schedulingStrategy,
    execute_command: service.enableExecuteCommand ?? false,
    /** With which ECS registers targets at load balancers: not that of the containers. */
    service_role_arn: service.roleArn ?? null,
    task_definition_arns: definitions,
    public_ip: service.networkConfiguration?.awsvpcConfiguration?.assignPublicIp === 'ENABLED',
    tags: tagsOf(service.tags),
  };
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({ arn, name, region: session.region, cluster_arn: cluster, ...facts }),
    api: LIST,
    property_apis: Object.fromEntries(Object.keys(facts ?? {}).map((property) => [property, DESCRIBE])),
  };
  yield belongsTo(ref, session, LIST);
  for (const definition of definitions) {
    yield {
      kind: 'edge',
      edge_type: 'INVOKES',
      from: ref,
      to: arnRef('aws_ecs_task_definition', definition),
      stated_by: statedBy(arn, `taskDefinition[${definition}]`),
      properties: {},
      api: DESCRIBE,
    };
  }
}
