import * as z from 'zod';
import { type AuditEvent, auditEvent } from '../../../src/control/audit.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import { isoTime } from '../../../src/kernel/time.ts';
import type { StitchTrigger } from '../../../src/stitch/stitch-trigger.ts';
import type { StitchRunStore } from '../../../src/store/stitch-runs.ts';
import { listOf } from '../answers/exactly.ts';
import { type StitchRequested, StitchRequestedAnswer, StitchRunAnswer, shownStitch } from '../answers/stitch-runs.ts';
import type { Caller } from '../caller.ts';
import type { Edge } from '../edge.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface StitchRunDeps extends Pick<Edge, 'now'> {
  readonly stitch_runs: Pick<StitchRunStore, 'list' | 'get'>;
  /** Asks for a stitch without delay. */
  readonly requestStitch: (tenant_id: string, trigger: StitchTrigger) => Promise<StitchRequested>;
  readonly audit: (event: AuditEvent) => Promise<void>;
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
      return { ...page, items: page.items.map((run) => shownStitch(run, caller)) };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/stitch-runs/:id',
      summary: 'Read one stitch',
      permission: 'stitches:read',
      status: 200,
      answer: StitchRunAnswer,
    },
    async ({ params: { id = '' }, caller }) => {
      const run = await deps.stitch_runs.get(caller.tenant_id, id);
      if (!run) throw new AppError('not_found', `there is no stitch ${id}`);
      return shownStitch(run, caller);
    },
  ),
  route(
    {
      method: 'POST',
      path: '/stitch-runs',
      summary: 'Stitch now',
      permission: 'stitches:write',
      status: 202,
      answer: StitchRequestedAnswer,
    },
    async ({ caller }) => {
      const { tenant_id, generation } = await deps.requestStitch(caller.tenant_id, {
        kind: 'manual',
        by: caller.subject,
      });
      await deps.audit(requested(caller, generation, isoTime(deps.now())));
      return { tenant_id, generation };
    },
  ),
];

/** A stitch is the tenant's: of the workspaces of whoever asked, the first is told. */
const requested = ({ tenant_id, workspace_ids, subject, request_id }: Caller, generation: number, at: string) =>
  auditEvent({
    tenant_id,
    workspace_id: workspace_ids[0] ?? '',
    actor: subject,
    action: 'stitch.requested',
    target: String(generation),
    at,
    request_id,
  });
