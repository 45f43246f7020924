import * as z from 'zod';
import { AppError } from '../../../src/kernel/failures.ts';
import type { Visibility } from '../../../src/kernel/ids.ts';
import { isoTime } from '../../../src/kernel/time.ts';
import { CELL_STATUSES, type Cell, cellId, isTerminal } from '../../../src/runs/cell.ts';
import { type ScanRun, startRun } from '../../../src/runs/run.ts';
import type { CellStore } from '../../../src/store/cells.ts';
import type { ConnectorInstanceStore } from '../../../src/store/connector-instances.ts';
import type { ScanRunStore } from '../../../src/store/scan-runs.ts';
import type { ScanScopeStore } from '../../../src/store/scan-scopes.ts';
import { CellAnswer } from '../answers/cells.ts';
import { listOf } from '../answers/exactly.ts';
import { type RunProgress, type ShownRun, ShownRunAnswer, WatchedRunAnswer } from '../answers/scan-runs.ts';
import type { Caller } from '../caller.ts';
import type { Edge } from '../edge.ts';
import { type Making, makeOnce } from '../idempotency.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface ScanRunDeps extends Edge {
  readonly instances: Pick<ConnectorInstanceStore, 'get' | 'nextSeq'>;
  readonly scopes: Pick<ScanScopeStore, 'get'>;
  readonly runs: Pick<ScanRunStore, 'create' | 'get' | 'list'>;
  readonly cells: Pick<CellStore, 'countByStatus' | 'page' | 'requestRelease'>;
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
  /** Told of a run whose message could not be sent. */
  readonly unsent: (run: ScanRun, error: unknown) => void;
  readonly enqueueCells: (cells: readonly Cell[]) => Promise<readonly string[]>;
}

const StartRun = z.strictObject({ scope_id: z.string().min(1).max(100) });
const RunPosition = z.strictObject({ created_at: z.string(), _id: z.string() });

export const scanRunRoutes = (deps: ScanRunDeps): readonly Route[] => [
  route(
    {
      method: 'POST',
      path: '/scan-runs',
      summary: 'Start a run of a scope',
      permission: 'runs:write',
      status: 202,
      body: StartRun,
      answer: ShownRunAnswer,
    },
    async (request) => {
      const { body, caller } = request;
      const run = await makeOnce(request, 'POST /scan-runs', deps.newId, {
        find: (id) => deps.runs.get(caller, id),
        make: (making) => started(deps, caller, body.scope_id, making),
      });
      return shown(run);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/scan-runs',
      summary: 'List runs, newest first',
      permission: 'runs:read',
      status: 200,
      query: Page,
      answer: listOf(ShownRunAnswer),
    },
    async ({ query, caller }) => {
      const rows = await deps.runs.list(caller, query.limit + 1, positionOf('scan-runs', query.cursor, RunPosition));
      const page = pageOf('scan-runs', rows, query.limit, ({ created_at, _id }) => ({ created_at, _id }));
      return { ...page, items: page.items.map(shown) };
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
    },
    async ({ params, caller }) => {
      const run = await found(deps, caller, params.id);
      return { ...shown(run), progress: progressOf(await deps.cells.countByStatus(caller, run._id), run) };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/scan-runs/:id/cells',
      summary: 'Read the cells of a run and their errors',
      permission: 'runs:read',
      status: 200,
      query: Page,
      answer: listOf(CellAnswer),
    },
    async ({ params, query, caller }) => {
      const run = await found(deps, caller, params.id);
      const rows = await deps.cells.page(
        caller,
        run._id,
        query.limit + 1,
        positionOf(`cells of ${run._id}`, query.cursor, z.string()),
      );
      return pageOf(`cells of ${run._id}`, rows, query.limit, (row) => row._id);
    },
  ),
  route(
    {
      method: 'POST',
      path: '/scan-runs/:id/cells/:key/release',
      summary: 'Say that a removal that was held back is right',
      permission: 'runs:write',
      status: 202,
      answer: CellAnswer,
    },
    async ({ params, caller }) => released(deps, caller, await found(deps, caller, params.id), params.key ?? ''),
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
  const run = startRun(scope, instance, {
    ...making,
    seq: await deps.instances.nextSeq(scope, instance._id),
    trigger: 'manual',
    requested_by: caller.subject,
    request_id: caller.request_id,
    now: deps.now(),
  });
  await deps.runs.create(run);
  // The run is written: where its message is lost, the tick sends another. A second request would be a second run.
  await deps.enqueuePlan(run).catch((error: unknown) => deps.unsent(run, error));
  return run;
}

async function released(deps: ScanRunDeps, caller: Caller, run: ScanRun, key: string): Promise<Cell> {
  const released = await deps.cells.requestRelease(caller, cellId(run._id, key), caller.subject, isoTime(deps.now()));
  if (!released) throw new AppError('conflict', `no removal is held in cell ${key} of run ${run._id}`);
  await deps.enqueueCells([released]);
  return released;
}

async function found(deps: ScanRunDeps, caller: Visibility, id: string | undefined): Promise<ScanRun> {
  const run = await deps.runs.get(caller, id ?? '');
  if (!run) throw new AppError('not_found', `there is no scan run ${id}`);
  return run;
}

function shown(run: ScanRun): ShownRun {
  const { outbox: _outbox, plan_send_no: _send_no, planning: _planning, request_hash: _hash, ...rest } = run;
  return rest;
}

/** How far a run is, counted from its cells. `total` is final once the run is planned. */
function progressOf(counts: Readonly<Record<string, number>>, run: ScanRun): RunProgress {
  const sum = (statuses: readonly string[]): number =>
    statuses.reduce((total, status) => total + (counts[status] ?? 0), 0);
  return {
    planned: run.planned_at !== undefined,
    total: sum(CELL_STATUSES),
    done: sum(CELL_STATUSES.filter(isTerminal)),
    by_status: counts,
  };
}
