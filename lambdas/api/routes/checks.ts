import { connected, outcomeOf } from '../../../src/connectors/check.ts';
import { auditEntry } from '../../../src/control/audit.ts';
import type { ConnectionCheck } from '../../../src/control/connection-check.ts';
import { PUSH_CATEGORY, type PushInstance } from '../../../src/control/connector-instance.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import type { Tenancy } from '../../../src/kernel/ids.ts';
import { type Clock, type IsoTime, isoTime } from '../../../src/kernel/time.ts';
import type { ConnectorInstanceStore } from '../../../src/store/connector-instances.ts';
import { ConnectionCheckAnswer } from '../answers/checks.ts';
import type { Caller } from '../caller.ts';
import type { CheckedInstance } from '../check-functions.ts';
import { type Route, route } from '../route.ts';

export interface CheckDeps {
  readonly instances: Pick<ConnectorInstanceStore, 'get' | 'recordCheck'>;
  /** Tries a connection by the function that may. */
  readonly check: (instance: CheckedInstance, request_id: string) => Promise<ConnectionCheck>;
  /** When a push instance last sent something. */
  readonly lastArrival: (tenant: Tenancy, instance_id: string) => Promise<IsoTime | undefined>;
  readonly now: Clock;
}

export const checkRoutes = (deps: CheckDeps): readonly Route[] => [
  route(
    {
      method: 'POST',
      path: '/connector-instances/:id/check',
      summary: 'Try the connection of a source system',
      permission: 'instances:write',
      status: 200,
      answer: ConnectionCheckAnswer,
      problems: ['not_found', 'timeout'],
    },
    async ({ params: { id = '' }, caller }) => {
      const instance = await deps.instances.get(caller, id);
      if (!instance || instance.status === 'deleted') throw notThere(id);
      const check =
        instance.connector_kind === 'push'
          ? await checkPush(deps, instance)
          : await deps.check(instance, caller.request_id);
      // Deleted while it was tried: the answer would be about nothing.
      if (!(await deps.instances.recordCheck(instance, check, [checked(instance, check, caller)]))) throw notThere(id);
      return check;
    },
  ),
];

const notThere = (id: string): AppError => new AppError('not_found', `there is no connector instance ${id}`);

/** Nobody is called: what pushes comes to us. */
async function checkPush({ lastArrival, now }: CheckDeps, instance: PushInstance): Promise<ConnectionCheck> {
  const at = await lastArrival(instance, instance._id);
  const arrived = at === undefined ? 'nothing has arrived yet' : `something last arrived at ${at}`;
  const findings = instance.source_system_ids.map((source) => connected(source, `may be spoken for; ${arrived}`));
  return { instance_id: instance._id, checked_at: isoTime(now()), ...outcomeOf(findings, [PUSH_CATEGORY]) };
}

const checked = ({ tenant_id, workspace_id }: Tenancy, check: ConnectionCheck, caller: Caller) =>
  auditEntry({
    tenant_id,
    workspace_id,
    actor: caller.subject,
    action: 'connector_instance.checked',
    target: check.instance_id,
    at: check.checked_at,
    request_id: caller.request_id,
    details: { status: check.status },
  });
