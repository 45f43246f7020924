import * as z from 'zod';
import { Explained, type ToldError } from './explained.ts';
import { parsedJson } from './parsed-json.ts';
import { plainText } from './terminal/plain-text.ts';

/** What an answer that is no success says, as far as the gateway or the hub says it. RFC 9457, with our code and remedy beside. */
const Problem = z.looseObject({
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  code: z.string().optional(),
  remedy: z.string().optional(),
  request_id: z.string().optional(),
  errors: z.array(z.looseObject({ field: z.string(), message: z.string() })).optional(),
});
type Problem = z.infer<typeof Problem>;

/** Characters of an answer that is no problem document which are shown. */
const EXCERPT = 200;

/** An answer that is no success: `message` says what happened, where, and what to do about it. */
export class ApiError extends Explained {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Of the closed table in `src/kernel/failures.ts`; undefined where the gateway answered and not the hub. */
  readonly code: string | undefined;
  readonly told: ToldError;

  constructor(message: string, told: ToldError & { readonly status: number }) {
    super(message);
    this.status = told.status;
    this.code = told.code === 'gateway' ? undefined : told.code;
    this.told = told;
  }
}

/** The hub did not answer at all, or not in time. */
export class HubUnreachable extends Explained {
  override readonly name = 'HubUnreachable';

  get told(): ToldError {
    return { code: 'hub_unreachable', detail: this.message };
  }
}

/** What somebody else than the hub answered: the gateway, a proxy, a web server. */
export const gatewayError = (request: string, status: number, detail: string): ApiError =>
  new ApiError(`${request}: ${detail}`, { code: 'gateway', status, detail, request });

/** The failure that an answer tells of. */
export function apiError(request: string, status: number, text: string): ApiError {
  const problem = Problem.safeParse(parsedJson(text)).data;
  if (!problem) {
    // The gateway's own refusals are no problem documents: `{"message": "Unauthorized"}`.
    return gatewayError(request, status, `${status} ${plainText(text.slice(0, EXCERPT))}.${hintFor(status)}`);
  }
  const { title, detail = title, code = 'gateway', remedy, request_id, errors } = problem;
  return new ApiError(inWords(request, problem), {
    code,
    status: problem.status,
    title,
    detail,
    ...(remedy !== undefined && { remedy }),
    ...(request_id !== undefined && { request_id }),
    ...(errors && { errors }),
    request,
  });
}

function hintFor(status: number): string {
  if (status === 401) return ' The token is missing, expired, or of another issuer or audience.';
  return status < 400 ? ' The hub sends nobody elsewhere. Is the URL that of the hub?' : '';
}

const inWords = (request: string, problem: Problem): string =>
  [
    `${request}: ${problem.status} ${problem.title}`,
    ...(problem.detail ? [problem.detail] : []),
    // One that the detail says already is not said again.
    ...(problem.errors ?? [])
      .map(({ field, message }) => `${field}: ${message}`)
      .filter((line) => line !== problem.detail)
      .map((line) => `  ${line}`),
    ...(problem.remedy ? [`What to do: ${problem.remedy}`] : []),
    ...(problem.request_id ? [`Request id: ${problem.request_id}`] : []),
  ]
    .map(plainText)
    .join('\n');
