import * as z from 'zod';
import { ACCESS_LEVELS } from '../../../src/graph/access-levels.ts';
import type { ActivityValue } from '../../../src/inventory/stores.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import type { StitchedPath } from '../../../src/stitch/stitched-path.ts';
import type { StitchedPathStore } from '../../../src/store/stitched-paths.ts';
import { listOf } from '../answers/exactly.ts';
import { PathAnswer, type ShownPath, shownPath } from '../answers/paths.ts';
import { exec30Of } from '../exec30.ts';
import { Account, DerivedId, Flag, Name, RuleId } from '../filters.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface PathDeps {
  readonly paths: Pick<StitchedPathStore, 'list' | 'get'>;
  readonly activityOf: (tenant_id: string, entity_ids: readonly string[]) => Promise<readonly ActivityValue[]>;
}

const PathFilter = Page.extend({
  workload: Name.optional().describe('Where it begins: the ARN, or the id of the entity'),
  resource: Name.optional().describe('Where it ends: the ARN, or the id of the entity'),
  identity: DerivedId.optional().describe('The id of a canonical identity on the way'),
  account: Account.optional().describe('An AWS account that something on the way lives in'),
  rule: RuleId.optional().describe('A rule whose correlation it goes over'),
  access_level: z.enum(ACCESS_LEVELS).optional(),
  condition_free: Flag.optional().describe('`true`: only what holds whatever the conditions; `false`: only the rest'),
  crosses_account_boundary: Flag.optional(),
  crosses_connector_boundary: Flag.optional(),
  crosses_organization_boundary: Flag.optional(),
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
      return { ...page, items: await shown(deps, page.items) };
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
      const [found] = path ? await shown(deps, [path]) : [];
      if (!found) throw new AppError('not_found', `there is no path ${params.id}`);
      return found;
    },
  ),
];

/** Paths with what changes by itself joined to them. */
async function shown(deps: PathDeps, paths: readonly StitchedPath[]): Promise<readonly ShownPath[]> {
  const [first] = paths;
  if (!first) return [];
  const workloads = [...new Set(paths.map(({ workload }) => workload.id))];
  const exec30 = exec30Of(await deps.activityOf(first.tenant_id, workloads));
  return paths.map((path) => shownPath(path, exec30));
}
