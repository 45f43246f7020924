import * as z from 'zod';
import type { StitchRun } from '../../../src/stitch/stitch-run.ts';
import type { StitchRunStore } from '../../../src/store/stitch-runs.ts';
import { type List, Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface StitchRunDeps {
  readonly stitch_runs: Pick<StitchRunStore, 'list'>;
}

const StitchRunPosition = z.strictObject({ started_at: z.string(), _id: z.string() });

export const stitchRunRoutes = (deps: StitchRunDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/stitch-runs',
      summary: 'List stitches, newest first',
      permission: 'stitches:read',
      status: 200,
      answer: z.custom<List<StitchRun>>(),
      query: Page,
    },
    async ({ query, caller }) => {
      const after = positionOf('stitch-runs', query.cursor, StitchRunPosition);
      const rows = await deps.stitch_runs.list(caller.tenant_id, query.limit + 1, after);
      return pageOf('stitch-runs', rows, query.limit, ({ started_at, _id }) => ({ started_at, _id }));
    },
  ),
];
