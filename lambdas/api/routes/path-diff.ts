import * as z from 'zod';
import { AppError } from '../../../src/kernel/failures.ts';
import { someDiffs } from '../../../src/stitch/diff.ts';
import type { StitchRun } from '../../../src/stitch/stitch-run.ts';
import type { StitchAuditStore } from '../../../src/store/stitch-audit.ts';
import type { StitchRunStore } from '../../../src/store/stitch-runs.ts';
import { listOf } from '../answers/exactly.ts';
import { PathDifferenceAnswer } from '../answers/path-diff.ts';
import { DerivedId } from '../filters.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface PathDiffDeps {
  readonly stitch_runs: Pick<StitchRunStore, 'get'>;
  readonly stitch_audit: Pick<StitchAuditStore, 'ofPaths'>;
}

const StitchId = z.string().min(1).max(100);

const PathDiffQuery = Page.extend({
  from_stitch: StitchId.describe('The id of a stitch'),
  to_stitch: StitchId.describe('The id of a later stitch'),
});

export const pathDiffRoutes = (deps: PathDiffDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/paths/diff',
      summary: 'List the paths that appeared, disappeared or changed verdict between two stitches, and why',
      permission: 'paths:read',
      status: 200,
      query: PathDiffQuery,
      answer: listOf(PathDifferenceAnswer),
      problems: ['not_found'],
    },
    async ({ query: { limit, cursor, from_stitch, to_stitch }, caller }) => {
      const { tenant_id, workspace_ids } = caller;
      const from = await stitchOf(deps, tenant_id, 'from_stitch', from_stitch);
      const to = await stitchOf(deps, tenant_id, 'to_stitch', to_stitch);
      if (from.generation > to.generation) {
        throw new AppError('body_invalid', 'from_stitch: is later than to_stitch', {
          details: { field: 'from_stitch' },
        });
      }
      const list = `paths/diff ${from.generation} ${to.generation}`;
      const after = positionOf(list, cursor, DerivedId);
      const entries = deps.stitch_audit.ofPaths(tenant_id, { from: from.generation, to: to.generation }, after);
      const rows = await someDiffs(entries, workspace_ids, limit + 1);
      return pageOf(list, rows, limit, ({ path_id }) => path_id);
    },
  ),
];

async function stitchOf(deps: PathDiffDeps, tenant_id: string, field: string, id: string): Promise<StitchRun> {
  const run = await deps.stitch_runs.get(tenant_id, id);
  if (!run) throw new AppError('not_found', `${field}: there is no stitch ${id}`, { details: { field } });
  return run;
}
