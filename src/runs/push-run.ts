import { type ConnectorInstance, PUSH_CATEGORY } from '../control/connector-instance.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import type { ChangeCounts } from '../inventory/counts.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { isoTime } from '../kernel/time.ts';
import { type Cell, cellId, cellKey } from './cell.ts';
import { type RunRequest, type ScanRun, startRun } from './run.ts';

/** A run that waits for what is pushed: it runs at once, and is planned when its end has come. Without a scope where nobody asked for one. */
export const startPushRun = (
  instance: Pick<ConnectorInstance, '_id' | keyof Tenancy>,
  request: Omit<RunRequest, 'trigger'>,
  scope?: ScanScope,
): ScanRun => ({
  ...startRun(scope ?? { tenant_id: instance.tenant_id, workspace_id: instance.workspace_id }, instance, {
    ...request,
    trigger: 'push',
  }),
  status: 'running',
  started_at: isoTime(request.now),
});

/** The one cell of a push run. It is written when the run's end has come; what is pushed before is applied under its name. */
export const pushCell = (
  run: ScanRun,
  came_to: { readonly counts: ChangeCounts; readonly wrote: boolean; readonly observed: number },
): Cell => {
  const key = cellKey(PUSH_CATEGORY, run.instance_id);
  return {
    _id: cellId(run._id, key),
    tenant_id: run.tenant_id,
    workspace_id: run.workspace_id,
    run_id: run._id,
    run_seq: run.seq,
    instance_id: run.instance_id,
    key,
    category: PUSH_CATEGORY,
    account_id: run.instance_id,
    regions: [],
    lane: 0,
    status: 'waiting',
    attempt: 0,
    part: 0,
    send_no: 0,
    coverage: [],
    ...came_to,
    errors: [],
    api_calls: 0,
  };
};
