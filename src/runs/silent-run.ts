import type { PushInstance } from '../control/connector-instance.ts';
import { PUSH_CATEGORY } from '../control/connector-instance.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import { ERROR_FACTS, remedyFor } from '../kernel/error-facts.ts';
import { isoTime } from '../kernel/time.ts';
import { type RunRequest, type ScanRun, startRun } from './run.ts';
import { runOutcome } from './run-outcome.ts';

/**
 * The run of a scheduled scope of a push instance from which nothing has come since the scope was last due: nobody can be
 * asked, so it is over before it begins, failed with `source_unreachable`, and tells so as every run does.
 */
export function silentRun(scope: ScanScope, instance: PushInstance, since: string, request: RunRequest): ScanRun {
  const started = startRun(scope, instance, request);
  const { outbox, ...outcome } = runOutcome(started, [], request.now);
  const at = isoTime(request.now);
  const senders = instance.source_system_ids.join(', ');
  return {
    ...started,
    ...outcome,
    started_at: at,
    planned_at: at,
    errors: [
      {
        code: 'source_unreachable',
        service_category: PUSH_CATEGORY,
        account_id: instance._id,
        count: 1,
        example: `nothing was pushed since ${since} for ${senders}`,
        remedy: remedyFor('source_unreachable', { endpoint: `whoever pushes for ${senders}` }),
        responsible: ERROR_FACTS.source_unreachable.responsible,
      },
    ],
    outbox: [...started.outbox, ...outbox],
  };
}
