import * as z from 'zod';
import type { AuditEvent } from '../../../src/control/audit.ts';
import type { Visibility } from '../../../src/kernel/ids.ts';
import type { AuditCursor, AuditQuery } from '../../../src/store/audit-events.ts';
import { AuditEventAnswer } from '../answers/audit-events.ts';
import { listOf } from '../answers/exactly.ts';
import { Moment, Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface AuditEventDeps {
  readonly listAudit: (
    whose: Visibility,
    query: AuditQuery,
    limit: number,
    after?: AuditCursor,
  ) => Promise<readonly AuditEvent[]>;
}

const Name = z.string().min(1).max(500).optional();

const AuditFilter = Page.extend({
  actor: Name.describe('Subject of a token, or `throughline`'),
  action: Name.describe('`scan_run.started` and the like'),
  target: Name.describe('Id of what it was done to'),
  since: Moment.optional().describe('From this moment on'),
  until: Moment.optional().describe('Before this moment'),
});

const AuditPosition = z.strictObject({ at: z.string(), _id: z.string() });

export const auditEventRoutes = (deps: AuditEventDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/audit-events',
      summary: 'List what was done and what was refused, newest first',
      permission: 'audit:read',
      status: 200,
      query: AuditFilter,
      answer: listOf(AuditEventAnswer),
    },
    async ({ query: { limit, cursor, ...filter }, caller }) => {
      const after = positionOf('audit-events', cursor, AuditPosition);
      const rows = await deps.listAudit(caller, filter, limit + 1, after);
      return pageOf('audit-events', rows, limit, ({ at, _id }) => ({ at, _id }));
    },
  ),
];
