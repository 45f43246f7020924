import * as z from 'zod';
import { AppError } from '../../../src/kernel/failures.ts';
import type { StitchedPathStore } from '../../../src/store/stitched-paths.ts';
import { listOf } from '../answers/exactly.ts';
import { PathAnswer, shownPath } from '../answers/paths.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface PathDeps {
  readonly paths: Pick<StitchedPathStore, 'list' | 'get'>;
}

const PathFilter = Page.extend({
  workload: z.string().min(1).max(2_048).optional(),
  resource: z.string().min(1).max(2_048).optional(),
  crosses_account_boundary: z.stringbool({ truthy: ['true'], falsy: ['false'] }).optional(),
});

export const pathRoutes = (deps: PathDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/paths',
      summary: 'List what workloads can reach, and how we know',
      permission: 'paths:read',
      status: 200,
      answer: listOf(PathAnswer),
      query: PathFilter,
    },
    async ({ query: { limit, cursor, ...filter }, caller }) => {
      const rows = await deps.paths.list(caller, filter, limit + 1, positionOf('paths', cursor, z.string()));
      const page = pageOf('paths', rows, limit, (row) => row._id);
      return { ...page, items: page.items.map(shownPath) };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/paths/:id',
      summary: 'Read one path with the evidence of each hop',
      permission: 'paths:read',
      status: 200,
      answer: PathAnswer,
    },
    async ({ params, caller }) => {
      const path = await deps.paths.get(caller, params.id ?? '');
      if (!path) throw new AppError('not_found', `there is no path ${params.id}`);
      return shownPath(path);
    },
  ),
];
