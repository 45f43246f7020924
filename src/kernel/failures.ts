/** Everything that can go wrong and that we understand. `error-facts.ts` gives each its status, remedy and responsible role. */
export const ERROR_CODES = [
  'access_denied',
  'account_not_in_scope',
  'account_owned_by_another_tenant',
  'assume_role_denied',
  'body_invalid',
  'body_too_large',
  'budget_exhausted',
  'conflict',
  'credentials_invalid',
  'estate_too_large',
  'foreign_message',
  'foreign_source',
  'malformed_policy',
  'management_account_role_denied',
  'media_type_unsupported',
  'method_not_allowed',
  'not_found',
  'not_ready',
  'organization_access_denied',
  'permission_missing',
  'rate_limited',
  'removal_held',
  'source_unreachable',
  'superseded',
  'throttled',
  'timeout',
  'token_invalid',
  'unknown_category',
  'unreadable_item',
  'worker_lost',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface AppErrorOptions {
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A failure we understand. Anything else is a bug: let it propagate, so that it is retried and an alarm sees it. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}
