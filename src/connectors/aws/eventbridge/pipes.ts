import {
  DescribePipeCommand,
  type DescribePipeResponse,
  ListPipesCommand,
  type Pipe,
  type PipeSourceParameters,
  PipesClient,
} from '@aws-sdk/client-pipes';
import type { Observation } from '../../../observations/observation.ts';
import { DESCRIBE_TASK_DEFINITION, definitionInUse, type LookedAt } from '../ecs-ecr/task-definitions.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';
import { invokedRef, runsAs, toInvocation } from './invocation.ts';

const LIST = 'pipes:ListPipes';
const DESCRIBE = 'pipes:DescribePipe';

/** The pipes of a region: from where to where, through what, and as whom. */
export const pipes: AwsCollector = {
  id: 'pipes.pipes',
  category: 'aws_eventbridge',
  regional: true,
  entity_types: ['aws_pipe', 'aws_ecs_task_definition'],
  edge_types: ['BELONGS_TO', 'INVOKES', 'RUNS_AS', 'STORED_IN'],
  actions: [LIST, DESCRIBE, DESCRIBE_TASK_DEFINITION],
  collect(session, cursor) {
    const definitions: LookedAt = new Map();
    return lookAtEach({
      action: LIST,
      cursor,
      fetch: (NextToken) => session.client(PipesClient).send(new ListPipesCommand({ NextToken })),
      next: (page) => page.NextToken,
      items: (page) => page.Pipes,
      name: (pipe) => pipe.Arn ?? pipe.Name ?? 'a pipe without a name',
      look: (pipe) => lookAtPipe(session, pipe, definitions),
    });
  },
};

async function* lookAtPipe(
  session: AwsSession,
  pipe: Pipe,
  definitions: LookedAt,
): AsyncGenerator<Observation, void, undefined> {
  const item = required(pipe.Arn, 'Arn');
  const description = yield* readItem({ action: DESCRIBE, item }, async () => {
    const answer = await session
      .client(PipesClient)
      .send(new DescribePipeCommand({ Name: required(pipe.Name, 'Name') }));
    answered(answer.RoleArn, 'RoleArn');
    return answer;
  });
  const described = description.known ? description.value : undefined;
  const definition = described?.TargetParameters?.EcsTaskParameters?.TaskDefinitionArn;
  if (definition) yield* definitionInUse(session, definition, definitions);
  yield* toPipe(pipe, session, { description, definitions });
}

/** What other calls told about a pipe. */
export interface PipeDetails {
  readonly description: Reading<DescribePipeResponse>;
  readonly definitions: LookedAt;
}

/** A pipe: its source starts it, and it starts its enrichment and its target. Throws TypeError on a record that makes no sense. */
export function* toPipe(
  pipe: Pipe,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { description, definitions }: PipeDetails,
): Generator<Observation, void, undefined> {
  const arn = required(pipe.Arn, 'Arn');
  const name = required(pipe.Name, 'Name');
  const ref = arnRef('aws_pipe', arn);
  const source_arn = required(pipe.Source, 'Source');
  const target_arn = required(pipe.Target, 'Target');
  const described = description.known ? description.value : undefined;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      state: pipe.DesiredState,
      source_arn,
      // AWS leaves it out, or empty, where there is none.
      enrichment_arn: pipe.Enrichment || null,
      target_arn,
      role_arn: described?.RoleArn,
      source_secret_arns: described && secretsOf(described.SourceParameters),
      encryption_key: described && (described.KmsKeyIdentifier ?? null),
      tags: described && tagsOfMap(described.Tags),
    }),
    api: LIST,
    property_apis: { role_arn: DESCRIBE, source_secret_arns: DESCRIBE, encryption_key: DESCRIBE, tags: DESCRIBE },
  };
  yield belongsTo(ref, session, LIST);
  const source = invokedRef(source_arn);
  if (source) {
    yield {
      kind: 'edge',
      edge_type: 'INVOKES',
      from: source,
      to: ref,
      stated_by: statedBy(arn, `Source[${source_arn}]`),
      properties: known({ state: pipe.DesiredState }),
      api: LIST,
    };
  }
  if (pipe.Enrichment) {
    yield* toInvocation(ref, { arn: pipe.Enrichment }, { field: 'Enrichment', api: LIST, definitions });
  }
  const task_definition = described?.TargetParameters?.EcsTaskParameters?.TaskDefinitionArn;
  yield* toInvocation(ref, { arn: target_arn, task_definition }, { field: 'Target', api: LIST, definitions });
  if (described?.RoleArn) yield runsAs(ref, described.RoleArn, { field: 'RoleArn', api: DESCRIBE });
}

/** The secrets with which a pipe signs in at its source: each kind of sign-in names one. */
function secretsOf(parameters: PipeSourceParameters | undefined): readonly string[] {
  const credentials = [
    parameters?.ActiveMQBrokerParameters?.Credentials,
    parameters?.RabbitMQBrokerParameters?.Credentials,
    parameters?.ManagedStreamingKafkaParameters?.Credentials,
    parameters?.SelfManagedKafkaParameters?.Credentials,
  ];
  return credentials
    .flatMap((credential) => Object.values(credential ?? {}))
    .filter((value) => typeof value === 'string' && value.startsWith('arn:'))
    .sort();
}
