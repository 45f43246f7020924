import {
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  SFNClient,
  type StateMachineListItem,
  type Tag,
} from '@aws-sdk/client-sfn';
import type { Observation } from '../../../observations/observation.ts';
import { namesOf, wordsOf } from '../aws-failure.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';
import { callsIn, callsProperty, DESCRIBE, type Described, invocations } from './defined-calls.ts';

const LIST = 'states:ListStateMachines';
const TAGS = 'states:ListTagsForResource';

/**
 * The state machines of a region: what they run as and what they call. Of a definition the calls are kept, by service,
 * action and target, and nothing else. Definitions of published versions are not read.
 */
export const stateMachines: AwsCollector = {
  id: 'states.state-machines',
  category: 'aws_step_functions',
  regional: true,
  entity_types: ['aws_state_machine'],
  edge_types: ['RUNS_AS', 'INVOKES', 'BELONGS_TO'],
  actions: [LIST, DESCRIBE, TAGS],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) => session.client(SFNClient).send(new ListStateMachinesCommand({ nextToken })),
      next: (page) => page.nextToken,
      items: (page) => page.stateMachines,
      name: (machine) => machine.stateMachineArn ?? machine.name ?? 'a state machine without a name',
      look: (machine) => lookAtStateMachine(session, machine),
    }),
};

async function* lookAtStateMachine(
  session: AwsSession,
  machine: StateMachineListItem,
): AsyncGenerator<Observation, void, undefined> {
  const item = required(machine.stateMachineArn, 'stateMachineArn');
  const description = yield* readItem({ action: DESCRIBE, item }, () => describe(session, item));
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered(
      (await session.client(SFNClient).send(new ListTagsForResourceCommand({ resourceArn: item }))).tags,
      'tags',
    ),
  );
  yield* toStateMachine(machine, session, { description, tags });
}

/**
 * A definition that a customer's key encrypts is refused whole, unless asked for without it: that needs `kms:Decrypt`, which
 * the spoke role never has. https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
 */
async function describe(session: Pick<AwsSession, 'client'>, stateMachineArn: string): Promise<Described> {
  const client = session.client(SFNClient);
  try {
    return withRole({ machine: await client.send(new DescribeStateMachineCommand({ stateMachineArn })) });
  } catch (error) {
    if (!namesOf(error).some((name) => name === 'KmsAccessDeniedException' || name === 'KmsInvalidStateException')) {
      throw error;
    }
    const includedData = 'METADATA_ONLY';
    const machine = await client.send(new DescribeStateMachineCommand({ stateMachineArn, includedData }));
    return withRole({ machine, sealed: wordsOf(error) });
  }
}

function withRole(described: Described): Described {
  answered(described.machine.roleArn, 'roleArn');
  return described;
}

/** What other calls told about a state machine. */
export interface StateMachineDetails {
  readonly description: Reading<Described>;
  readonly tags: Reading<readonly Tag[]>;
}

/** A state machine, its role and what it starts. Throws TypeError on a record that makes no sense. */
export function* toStateMachine(
  machine: StateMachineListItem,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { description, tags }: StateMachineDetails,
): Generator<Observation, void, undefined> {
  const arn = required(machine.stateMachineArn, 'stateMachineArn');
  const name = required(machine.name, 'name');
  const ref = arnRef('aws_state_machine', arn);
  const described = description.known ? description.value : undefined;
  const calls = described ? yield* callsIn(described, arn, session) : undefined;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      machine_type: machine.type,
      role_arn: described?.machine.roleArn,
      encryption_key: described && (described.machine.encryptionConfiguration?.kmsKeyId ?? null),
      calls: calls && callsProperty(calls),
      tags: tags.known ? sortedTags(tags.value?.map(({ key, value }) => ({ Key: key, Value: value }))) : undefined,
    }),
    api: LIST,
    property_apis: { role_arn: DESCRIBE, encryption_key: DESCRIBE, calls: DESCRIBE, tags: TAGS },
  };
  yield belongsTo(ref, session, LIST);
  const role = described?.machine.roleArn;
  if (role) {
    yield {
      kind: 'edge',
      edge_type: 'RUNS_AS',
      from: ref,
      to: arnRef('aws_iam_role', role),
      stated_by: statedBy(arn, `roleArn[${role}]`),
      properties: {},
      api: DESCRIBE,
    };
  }
  yield* invocations(arn, calls ?? []);
}
