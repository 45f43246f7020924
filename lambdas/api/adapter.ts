import type { Env, Hono } from 'hono';
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { AppError } from '../../src/kernel/failures.ts';
import { answerProblem, problemOf } from './problem.ts';

type Answer = ReturnType<ReturnType<typeof handle>>;

/** Methods that no `Request` may have: Hono could not look at them, and would answer in plain text. https://fetch.spec.whatwg.org/#forbidden-method */
const FORBIDDEN: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

/** Turns an app into a Lambda handler that answers every request of the gateway, whatever its method, with JSON. */
export function adapted<E extends Env>(app: Hono<E>): (event: LambdaEvent, context?: LambdaContext) => Answer {
  const answer = handle(app);
  return async (event, context) => {
    const { method = '', request_id = 'none' } = requestOf(event);
    if (!FORBIDDEN.has(method.toUpperCase())) return answer(wholePath(event), context);
    const error = new AppError('method_not_allowed', `nothing here knows ${method}`, {
      details: { allowed: 'GET, HEAD, POST, PATCH, DELETE' },
    });
    const response = answerProblem(problemOf(error, request_id));
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
      isBase64Encoded: false,
    };
  };
}

/** The gateway decodes the path. What would end it in a URL is encoded again, or else `/scan-runs/a#b/cancel` were `/scan-runs/a`. */
function wholePath(event: LambdaEvent): LambdaEvent {
  if (!('rawPath' in event)) return event;
  return { ...event, rawPath: event.rawPath.replaceAll('#', '%23').replaceAll('?', '%3F') };
}

function requestOf(event: LambdaEvent): { readonly method?: string; readonly request_id?: string } {
  if (!('requestContext' in event) || !('http' in event.requestContext)) return {};
  return { method: event.requestContext.http.method, request_id: event.requestContext.requestId };
}
