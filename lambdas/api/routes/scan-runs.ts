import * as z from 'zod';
import { AppError } from '../../../src/kernel/failures.ts';
import { derivedId, type Visibility } from '../../../src/kernel/ids.ts';
import { cancelRun } from '../../../src/runs/cancel-run.ts';
import { CELL_STATUSES, isTerminal } from '../../../src/runs/cell.ts';
import { startPushRun } from '../../../src/runs/push-run.ts';
import { RUN_STATUSES, RUN_TRIGGERS, type ScanRun, startRun } from '../../../src/runs/run.ts';
import type { CellStore } from '../../../src/store/cells.ts';
import type { CellsProgress } from '../../../src/store/cells-progress.ts';
import type { ConnectorInstanceStore } from '../../../src/store/connector-instances.ts';
import type { ScanRunStore } from '../../../src/store/scan-runs.ts';
import type { ScanScopeStore } from '../../../src/store/scan-scopes.ts';
import { listOf } from '../answers/exactly.ts';
import { ListedRunAnswer, type RunProgress, ShownRunAnswer, shownRun, WatchedRunAnswer } from '../answers/scan-runs.ts';
import type { Caller } from '../caller.ts';
import type { Edge } from '../edge.ts';
import { type Making, makeOnce } from '../idempotency.ts';
import { Moment, Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface ScanRunDeps extends Edge {
  readonly instances: Pick<ConnectorInstanceStore, 'get' | 'nextSeq'>;
  readonly scopes: Pick<ScanScopeStore, 'get'>;
  readonly runs: Pick<ScanRunStore, 'create' | 'get' | 'list' | 'requestCancel' | 'finishOnce' | 'flushOutbox'>;
  readonly cells: Pick<CellStore, 'progressOf' | 'hasOpen' | 'ofRun' | 'cancelOpen'>;
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
  /** Told of a run whose message could not be sent. */
  readonly unsent: (run: ScanRun, error: unknown) => void;
}

const Id = z.string().min(1).max(100);
const StartRun = z.strictObject({ scope_id: Id });
const RunsQuery = z.strictObject({
  ...Page.shape,
  instance_id: Id.exactOptional(),
  scope_id: Id.exactOptional(),
  status: z.enum(RUN_STATUSES).exactOptional(),
  trigger: z.enum(RUN_TRIGGERS).exactOptional(),
  since: Moment.exactOptional(),
  until: Moment.exactOptional(),
});
const RunPosition = z.strictObject({ created_at: z.string(), _id: z.string() });

export const scanRunRoutes = (deps: ScanRunDeps): readonly Route[] => [
  route(
    {
      method: 'POST',
      path: '/scan-runs',
      summary: 'Start a run of a scope',
      permission: 'runs:write',
      status: 202,
      idempotent: true,
      body: StartRun,
      answer: ShownRunAnswer,
      problems: ['not_found', 'conflict'],
    },
    async (request) => {
      const { body, caller } = request;
      const run = await makeOnce(request, 'POST /scan-runs', deps.newId, {
        find: (id) => deps.runs.get(caller, id),
        make: (making) => started(deps, caller, body.scope_id, making),
      });
      return shownRun(run);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/scan-runs',
      summary: 'List runs, newest first',
      permission: 'runs:read',
      status: 200,
      query: RunsQuery,
      answer: listOf(ListedRunAnswer),
    },
    async ({ query, caller }) => {
      const { limit, cursor, ...filter } = query;
      // A position in the runs of one instance means nothing among those of another.
      const list = `scan-runs ${derivedId(JSON.stringify(Object.entries(filter).toSorted())).slice(0, 16)}`;
      const rows = await deps.runs.list(caller, limit + 1, positionOf(list, cursor, RunPosition), filter);
      const page = pageOf(list, rows, limit, ({ created_at, _id }) => ({ created_at, _id }));
      return { ...page, items: page.items.map(shownRun) };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/scan-runs/:id',
      summary: 'Watch one run',
      permission: 'runs:read',
      status: 200,
      answer: WatchedRunAnswer,
      problems: ['not_found'],
    },
    async ({ params, caller }) => {
      const run = await foundRun(deps, caller, params.id);
      return { ...shownRun(run), progress: progressOf(await deps.cells.progressOf(caller, run._id), run) };
    },
  ),
  route(
    {
      method: 'POST',
      path: '/scan-runs/:id/cancel',
      summary: 'End a run before its time',
      permission: 'runs:write',
      status: 202,
      answer: ShownRunAnswer,
      problems: ['not_found', 'conflict'],
    },
    async ({ params, caller }) => {
      const run = await foundRun(deps, caller, params.id);
      return shownRun(await cancelRun(deps, run, { requested_by: caller.subject, request_id: caller.request_id }));
    },
  ),
];

async function started(deps: ScanRunDeps, caller: Caller, scope_id: string, making: Making): Promise<ScanRun> {
  const scope = await deps.scopes.get(caller, scope_id);
  if (!scope) throw new AppError('not_found', `scope_id: there is no scan scope ${scope_id}`);
  const instance = await deps.instances.get(scope, scope.instance_id);
  if (!instance) throw new AppError('not_found', `there is no connector instance ${scope.instance_id}`);
  if (!scope.enabled || instance.status !== 'active') {
    throw new AppError('conflict', `scope_id: the ${scope.enabled ? 'instance' : 'scope'} is disabled`);
  }
  const request = {
    ...making,
    seq: await deps.instances.nextSeq(scope, instance._id),
    requested_by: caller.subject,
    request_id: caller.request_id,
    now: deps.now(),
  };
  if (instance.connector_kind === 'push') {
    const waiting = startPushRun(instance, request, scope);
    await deps.runs.create(waiting);
    return waiting;
  }
  const run = startRun(scope, instance, { ...request, trigger: 'manual' });
  await deps.runs.create(run);
  // The run is written: where its message is lost, the tick sends another. A second request would be a second run.
  await deps.enqueuePlan(run).catch((error: unknown) => deps.unsent(run, error));
  return run;
}

/** The run that a path names. Throws AppError `not_found` where the caller sees none. */
export async function foundRun(
  deps: { readonly runs: Pick<ScanRunStore, 'get'> },
  caller: Visibility,
  id: string | undefined,
): Promise<ScanRun> {
  const run = await deps.runs.get(caller, id ?? '');
  if (!run) throw new AppError('not_found', `there is no scan run ${id}`);
  return run;
}

/** How far a run is, counted from its cells. `total` is final once the run is planned. */
function progressOf({ by_status, ...sums }: CellsProgress, run: ScanRun): RunProgress {
  const sum = (statuses: readonly string[]): number =>
    statuses.reduce((total, status) => total + (by_status[status] ?? 0), 0);
  return {
    planned: run.planned_at !== undefined,
    total: sum(CELL_STATUSES),
    done: sum(CELL_STATUSES.filter(isTerminal)),
    by_status,
    ...sums,
  };
}
