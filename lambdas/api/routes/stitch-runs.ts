import * as z from 'zod';
import type { Visibility } from '../../../src/kernel/ids.ts';
import type { StitchRun } from '../../../src/stitch/stitch-run.ts';
import type { StitchRunStore } from '../../../src/store/stitch-runs.ts';
import { listOf } from '../answers/exactly.ts';
import { type ShownStitchRun, StitchRunAnswer } from '../answers/stitch-runs.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
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
      answer: listOf(StitchRunAnswer),
      query: Page,
    },
    async ({ query, caller }) => {
      const after = positionOf('stitch-runs', query.cursor, StitchRunPosition);
      const rows = await deps.stitch_runs.list(caller.tenant_id, query.limit + 1, after);
      const page = pageOf('stitch-runs', rows, query.limit, ({ started_at, _id }) => ({ started_at, _id }));
      return { ...page, items: page.items.map((run) => shown(run, caller)) };
    },
  ),
];

/** A stitch is the tenant's, its problems name records of single workspaces: those are for who sees one of theirs. */
const shown = (run: StitchRun, { workspace_ids }: Visibility): ShownStitchRun => ({
  ...run,
  problems: run.problems
    .filter((problem) => problem.workspace_ids.some((id) => workspace_ids.includes(id)))
    .map(({ message }) => message),
});
