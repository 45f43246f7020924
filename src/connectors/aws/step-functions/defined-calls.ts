import type { DescribeStateMachineOutput } from '@aws-sdk/client-sfn';
import type { Json } from '../../../kernel/canonical.ts';
import type { Gap, NormalizedEdge } from '../../../observations/observation.ts';
import { arnRef, statedBy } from '../entity-ref.ts';
import { required } from '../properties.ts';
import type { AwsSession } from '../session.ts';
import { type Called, calledBy } from './called.ts';
import { callingStates } from './definition.ts';

export const DESCRIBE = 'states:DescribeStateMachine';

/** A description of a state machine, and why it is without the definition if it is. */
export interface Described {
  readonly machine: Pick<DescribeStateMachineOutput, 'roleArn' | 'definition' | 'encryptionConfiguration'>;
  readonly sealed?: string;
}

/** What a definition calls; undefined, and one gap, where it cannot be told. */
export function* callsIn(
  { machine, sealed }: Described,
  item: string,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Gap, readonly Called[] | undefined, undefined> {
  if (sealed !== undefined) {
    yield { kind: 'gap', code: 'access_denied', action: 'kms:Decrypt', item, message: sealed };
    return undefined;
  }
  try {
    return [...callingStates(required(machine.definition, 'definition'))].flatMap((state) => calledBy(state, session));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    yield { kind: 'gap', code: 'unreadable_item', action: DESCRIBE, item, message: error.message };
    return undefined;
  }
}

/** Each different call once, in a fixed order. */
export function callsProperty(calls: readonly Called[]): Json {
  const rows = calls.map(({ service, action, target, qualifier, dynamic, role }) => ({
    service,
    action,
    target: target ?? null,
    qualifier: qualifier ?? null,
    target_is_dynamic: dynamic,
    role_arn: role.is === 'static' ? role.text : null,
    role_is_dynamic: role.is === 'dynamic',
  }));
  const distinct = new Map(rows.map((row) => [JSON.stringify(row), row]));
  return [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []);
}

/** `INVOKES` from a machine to each thing that it starts, however often it does. */
export function* invocations(arn: string, calls: readonly Called[]): Generator<NormalizedEdge, void, undefined> {
  for (const [target, group] of Map.groupBy(calls, (call) => call.target)) {
    const starts = group[0]?.starts;
    if (!target || !starts) continue;
    yield {
      kind: 'edge',
      edge_type: 'INVOKES',
      from: arnRef('aws_state_machine', arn),
      to: arnRef(starts, target),
      stated_by: statedBy(arn, `definition.Task[${target}]`),
      properties: {
        actions: distinct(group.map(({ service, action }) => `${service}:${action}`)),
        qualifiers: distinct(group.flatMap(({ qualifier }) => qualifier ?? [])),
      },
      api: DESCRIBE,
    };
  }
}

const distinct = (texts: readonly string[]): Json => [...new Set(texts)].sort();
