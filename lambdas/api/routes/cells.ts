import * as z from 'zod';
import { AppError } from '../../../src/kernel/failures.ts';
import { isoTime } from '../../../src/kernel/time.ts';
import { CELL_STATUSES, type Cell, cellId } from '../../../src/runs/cell.ts';
import type { ScanRun } from '../../../src/runs/run.ts';
import type { CellStore } from '../../../src/store/cells.ts';
import type { ScanRunStore } from '../../../src/store/scan-runs.ts';
import { CellAnswer } from '../answers/cells.ts';
import { listOf } from '../answers/exactly.ts';
import type { Caller } from '../caller.ts';
import type { Edge } from '../edge.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { foundRun } from './scan-runs.ts';

export interface CellDeps extends Edge {
  readonly runs: Pick<ScanRunStore, 'get'>;
  readonly cells: Pick<CellStore, 'page' | 'requestRelease'>;
  readonly enqueueCells: (cells: readonly Cell[]) => Promise<readonly string[]>;
}

const CellsQuery = z.strictObject({ ...Page.shape, status: z.enum(CELL_STATUSES).exactOptional() });

export const cellRoutes = (deps: CellDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/scan-runs/:id/cells',
      summary: 'Read the cells of a run and their errors',
      permission: 'runs:read',
      status: 200,
      query: CellsQuery,
      answer: listOf(CellAnswer),
      problems: ['not_found'],
    },
    async ({ params, query, caller }) => {
      const run = await foundRun(deps, caller, params.id);
      const list = `cells of ${run._id} ${query.status ?? ''}`;
      const after = positionOf(list, query.cursor, z.string());
      const rows = await deps.cells.page(caller, run._id, query.limit + 1, after, query.status);
      return pageOf(list, rows, query.limit, (row) => row._id);
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
      problems: ['not_found', 'conflict'],
    },
    async ({ params, caller }) => released(deps, caller, await foundRun(deps, caller, params.id), params.key ?? ''),
  ),
];

async function released(deps: CellDeps, caller: Caller, run: ScanRun, key: string): Promise<Cell> {
  const released = await deps.cells.requestRelease(caller, cellId(run._id, key), caller.subject, isoTime(deps.now()));
  if (!released) throw new AppError('conflict', `no removal is held in cell ${key} of run ${run._id}`);
  await deps.enqueueCells([released]);
  return released;
}
