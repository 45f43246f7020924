import { type AuditEvent, auditEvent } from '../../src/control/audit.ts';
import { AppError, type ErrorCode } from '../../src/kernel/failures.ts';
import type { IsoTime } from '../../src/kernel/time.ts';
import type { Caller } from './caller.ts';
import type { Route } from './route.ts';

/** Failures which say that somebody reached for what is not theirs, whether by mistake or not. */
const ATTEMPTS: ReadonlySet<ErrorCode> = new Set([
  'account_owned_by_another_tenant',
  'foreign_source',
  'permission_missing',
]);

/**
 * Whether a failure belongs in the audit: its code says so, or whoever threw it, by `details.refused` (a field may be wrong
 * in many ways, and only some of them reach for another's).
 */
export const isRefusedAttempt = (error: unknown): error is AppError =>
  error instanceof AppError && (ATTEMPTS.has(error.code) || error.details.refused === true);

/** What the audit keeps of a refused attempt: who, where, why and in which field. Nothing of what the body held. */
export function refusedEvent(
  caller: Caller,
  route: Pick<Route, 'method' | 'path'>,
  { code, details }: AppError,
  at: IsoTime,
): AuditEvent {
  const { field, permission } = details;
  return auditEvent({
    tenant_id: caller.tenant_id,
    workspace_id: caller.workspace_ids[0] ?? '',
    actor: caller.subject,
    action: 'request.refused',
    target: `${route.method} ${route.path}`,
    at,
    request_id: caller.request_id,
    details: {
      code,
      ...(typeof field === 'string' && { field }),
      ...(typeof permission === 'string' && { permission }),
    },
  });
}
