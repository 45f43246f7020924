import * as z from 'zod';
import { STITCHED_KINDS } from '../../../src/stitch/audit-entry.ts';
import type { StitchAuditStore } from '../../../src/store/stitch-audit.ts';
import { listOf } from '../answers/exactly.ts';
import { STITCHED_CHANGES, StitchAuditAnswer, shownEntry } from '../answers/stitch-audit.ts';
import { DerivedId } from '../filters.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface StitchAuditDeps {
  readonly stitch_audit: Pick<StitchAuditStore, 'list'>;
}

const StitchAuditFilter = Page.extend({
  stitch_run_id: z.string().min(1).max(100).optional(),
  kind: z.enum(STITCHED_KINDS).optional(),
  id: DerivedId.optional().describe('Of the correlation, identity or path'),
  change: z.enum(STITCHED_CHANGES).optional(),
});

const Position = z.strictObject({ generation: z.int(), _id: z.string() });

export const stitchAuditRoutes = (deps: StitchAuditDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/stitch-audit',
      summary: 'List what appeared, changed and went, and why, newest stitch first',
      permission: 'stitches:read',
      status: 200,
      query: StitchAuditFilter,
      answer: listOf(StitchAuditAnswer),
    },
    async ({ query: { limit, cursor, ...filter }, caller }) => {
      const after = positionOf('stitch-audit', cursor, Position);
      const rows = await deps.stitch_audit.list(caller, filter, limit + 1, after);
      return pageOf('stitch-audit', rows.map(shownEntry), limit, ({ generation, _id }) => ({ generation, _id }));
    },
  ),
];
