import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { CHECK_TIME, type CheckOutcome } from '../src/connectors/check.ts';
import type { ConnectorKind } from '../src/connectors/connector.ts';
import type { ConnectionCheck } from '../src/control/connection-check.ts';
import type { ConnectorInstance } from '../src/control/connector-instance.ts';
import { AppError } from '../src/kernel/failures.ts';
import { type Clock, isoTime, SECOND } from '../src/kernel/time.ts';
import type { ConnectorInstanceStore } from '../src/store/connector-instances.ts';

/** What the API asks a check function: ids and nothing else, so that only what the hub itself has stored is ever tried. */
export const CheckRequest = z.strictObject({
  tenant_id: z.string().min(1),
  workspace_id: z.string().min(1),
  instance_id: z.string().min(1),
  request_id: z.string().min(1),
});
export type CheckRequest = z.infer<typeof CheckRequest>;

/** The API and its caller are still there when the function's own time is over; what was found by then must get out. */
const RESERVE = 2 * SECOND;

export interface CheckHandlerDeps {
  readonly instances: Pick<ConnectorInstanceStore, 'get'>;
  readonly now: Clock;
}

type InstanceOfKind<Kind extends ConnectorKind> = Extract<ConnectorInstance, { readonly connector_kind: Kind }>;

/** How a function tries the instances that are its own. */
export type Try<Kind extends ConnectorKind> = (
  instance: InstanceOfKind<Kind>,
  request: CheckRequest,
  over: AbortSignal,
) => Promise<CheckOutcome>;

/**
 * A check function: loads the instance by the request's tenancy, tries it, and ends in time. Throws where the request names
 * what its tenant does not have, or what this function does not try: the API would not have asked.
 */
export const checkHandler =
  <Kind extends ConnectorKind>(deps: CheckHandlerDeps, kinds: readonly Kind[], tried: Try<Kind>) =>
  async (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<ConnectionCheck> => {
    const request = CheckRequest.parse(event);
    const instance = await deps.instances.get(request, request.instance_id);
    if (!instance || instance.status === 'deleted' || !isOf(kinds, instance)) {
      throw new AppError('foreign_message', `there is no such instance to check: ${request.instance_id}`);
    }
    const time = Math.min(CHECK_TIME, context.getRemainingTimeInMillis() - RESERVE);
    const outcome = await tried(instance, request, time > 0 ? AbortSignal.timeout(time) : AbortSignal.abort());
    return { instance_id: instance._id, checked_at: isoTime(deps.now()), ...outcome };
  };

const isOf = <Kind extends ConnectorKind>(
  kinds: readonly Kind[],
  instance: ConnectorInstance,
): instance is InstanceOfKind<Kind> => kinds.some((kind) => kind === instance.connector_kind);
