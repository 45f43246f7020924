import type { Logger } from '@aws-lambda-powertools/logger';
import type { Db } from 'mongodb';
import { auditEvent } from '../../src/control/audit.ts';
import { isoTime } from '../../src/kernel/time.ts';
import { appendAudit } from '../../src/store/audit-events.ts';
import type { ClaimNames } from './caller.ts';
import { router } from './router.ts';
import { type ApiDeps, routes } from './routes/index.ts';

export interface ApiHandlerDeps extends ApiDeps {
  readonly db: Db;
  readonly claims: ClaimNames;
  readonly logger: Logger;
}

/** The HTTP API over one database. */
export const apiRouter = (deps: ApiHandlerDeps) =>
  router({
    routes: routes(deps),
    claims: deps.claims,
    async ready() {
      try {
        await deps.db.command({ ping: 1 });
        return true;
      } catch {
        return false;
      }
    },
    refused: (caller, route) =>
      appendAudit(
        deps.db,
        auditEvent({
          tenant_id: caller.tenant_id,
          workspace_id: caller.workspace_ids[0] ?? '',
          actor: caller.subject,
          action: 'request.refused',
          target: `${route.method} ${route.path}`,
          at: isoTime(deps.now()),
          request_id: caller.request_id,
          details: { permission: route.permission },
        }),
      ),
    crashed: (error, request_id) =>
      deps.logger.error('request crashed', { request_id, error: error instanceof Error ? error : String(error) }),
  });
