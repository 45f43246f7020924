import type { Logger } from '@aws-lambda-powertools/logger';
import type { Db } from 'mongodb';
import { isoTime } from '../../src/kernel/time.ts';
import { appendAudit } from '../../src/store/audit-events.ts';
import type { RateWindowStore } from '../../src/store/rate-windows.ts';
import type { ClaimNames } from './caller.ts';
import { rateLimit } from './rate-limit.ts';
import { refusedEvent } from './refused.ts';
import { router } from './router.ts';
import { type ApiDeps, routes } from './routes/index.ts';

export interface ApiHandlerDeps extends ApiDeps {
  readonly db: Db;
  readonly claims: ClaimNames;
  readonly rate_windows: Pick<RateWindowStore, 'admit'>;
  /** Of one tenant. */
  readonly requests_per_minute: number;
  /** Longest that a request waits to be counted, in milliseconds: see `rateLimit`. */
  readonly counting_patience?: number;
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
    count: rateLimit({
      windows: deps.rate_windows,
      requests_per_minute: deps.requests_per_minute,
      patience: deps.counting_patience,
      now: deps.now,
      uncounted: (error) => deps.logger.warn('request not counted', { reason: String(error) }),
    }),
    refused: (caller, route, refusal) =>
      appendAudit(deps.db, refusedEvent(caller, route, refusal, isoTime(deps.now()))),
    crashed: (error, request_id) =>
      deps.logger.error('request crashed', { request_id, error: error instanceof Error ? error : String(error) }),
  });
