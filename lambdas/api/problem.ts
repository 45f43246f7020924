import type * as z from 'zod';
import { ERROR_FACTS, remedyFor } from '../../src/kernel/error-facts.ts';
import { AppError, type ErrorCode } from '../../src/kernel/failures.ts';

/** A problem as RFC 9457 has it, with our code and remedy beside. https://www.rfc-editor.org/rfc/rfc9457 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode | 'internal_error';
  readonly remedy: string;
  readonly request_id: string;
  /** The fields that are wrong, where the body or a parameter is. */
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** The answer to a failure that we understand. */
export function problemOf(error: AppError, request_id: string): Problem {
  const fact = ERROR_FACTS[error.code];
  const fields = fieldsOf(error);
  return {
    type: `https://throughline.dev/problems/${error.code}`,
    title: fact.title,
    status: fact.status,
    detail: error.message,
    code: error.code,
    remedy: remedyFor(error.code, error.details),
    request_id,
    ...(fields && { errors: fields }),
  };
}

/** The answer to a bug: it says nothing of the inside. */
export const internalProblem = (request_id: string): Problem => ({
  type: 'about:blank',
  title: 'Something went wrong on our side',
  status: 500,
  detail: 'The failure was logged under this request id.',
  code: 'internal_error',
  remedy: 'Try again; if it stays, give the request id to the operator of this hub.',
  request_id,
});

/** A problem as an HTTP answer. Of `error`, what belongs in a header. */
export function answerProblem(body: Problem, error?: AppError): Response {
  const wait = error?.details.retry_after_seconds;
  const headers = {
    'content-type': 'application/problem+json',
    ...(typeof wait === 'number' && { 'retry-after': String(wait) }),
  };
  return new Response(JSON.stringify(body), { status: body.status, headers });
}

/** What zod found, field by field, as a failure of the request. */
export function invalid(what: 'body' | 'query', error: z.ZodError): AppError {
  const errors = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'is not a field of this request' }))
      : [{ field: issue.path.join('.') || what, message: issue.message }],
  );
  const first = errors[0];
  return new AppError('body_invalid', first ? `${first.field}: ${first.message}` : `the ${what} is not valid`, {
    details: { errors },
  });
}

/** The fields that a failure names: a list of them, or one that its message begins with. */
function fieldsOf({ details, message }: AppError): Problem['errors'] {
  if (isFieldList(details.errors)) return details.errors;
  const { field } = details;
  return typeof field === 'string' ? [{ field, message: message.replace(`${field}: `, '') }] : undefined;
}

const isFieldList = (value: unknown): value is NonNullable<Problem['errors']> => Array.isArray(value);
