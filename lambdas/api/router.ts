import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { type Context, Hono } from 'hono';
import { AppError } from '../../src/kernel/failures.ts';
import { type Caller, type ClaimNames, callerFrom } from './caller.ts';
import { internalProblem, invalid, problemOf } from './problem.ts';
import type { Checked, Route } from './route.ts';

/** What the Lambda adapter hands to each request. */
interface Bindings {
  readonly event?: Partial<Pick<APIGatewayProxyEventV2WithJWTAuthorizer, 'requestContext'>>;
}
type RequestContext = Context<{ Bindings: Bindings }>;

export interface RouterDeps {
  readonly routes: readonly Route[];
  readonly claims: ClaimNames;
  /** Whether what the hub needs to answer can be reached; says no more than that. */
  readonly ready: () => Promise<boolean>;
  /** Told of every refused attempt, for the audit. */
  readonly refused: (caller: Caller, route: Route) => Promise<void>;
  /** Told of every bug. */
  readonly crashed: (error: unknown, request_id: string) => void;
}

/** A body may have this many bytes as received. */
export const LARGEST_BODY = 4 * 1024 * 1024;

/** The HTTP API: the declared routes behind token, permission and schema checks, and two public ones that say nothing. */
export function router(deps: RouterDeps): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  app.get('/health', (c) => c.json({ status: 'ok' }));
  app.get('/ready', async (c) =>
    (await deps.ready()) ? c.json({ status: 'ok' }) : c.json({ status: 'not ready' }, 503),
  );
  for (const route of deps.routes) {
    app.on(route.method, `/api/v1${route.path}`, async (c) => {
      const caller = authenticated(c, deps.claims);
      if (!caller.permissions.includes(route.permission)) {
        await deps.refused(caller, route);
        throw new AppError('permission_missing', `this route needs the permission ${route.permission}`, {
          details: { permission: route.permission },
        });
      }
      const idempotency_key = c.req.header('idempotency-key');
      const answer = await route.handle({
        caller,
        params: c.req.param(),
        ...(idempotency_key !== undefined && { idempotency_key }),
        ...(await checked(c, route)),
      });
      return c.json(answer ?? {}, route.status);
    });
  }
  app.notFound((c) => problem(c, new AppError('not_found', `there is no ${c.req.method} ${c.req.path}`)));
  app.onError((error, c) => {
    if (error instanceof AppError) return problem(c, error);
    deps.crashed(error, requestId(c));
    return answerProblem(internalProblem(requestId(c)));
  });
  return app;
}

/** What answers while the hub has no database: it lives, and is not ready. */
export function awayRouter(): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  app.get('/health', (c) => c.json({ status: 'ok' }));
  app.get('/ready', (c) => c.json({ status: 'not ready' }, 503));
  app.notFound((c) => problem(c, new AppError('not_ready', 'the request was not looked at')));
  return app;
}

const requestId = (c: RequestContext): string => c.env?.event?.requestContext?.requestId ?? 'none';

/** Only a request whose token the gateway verified carries an authorizer: without it nothing is believed. */
function authenticated(c: RequestContext, claims: ClaimNames): Caller {
  if (!c.env?.event?.requestContext?.authorizer?.jwt) {
    throw new AppError('token_invalid', 'the request did not pass the authorizer');
  }
  return callerFrom(c.req.header('authorization'), claims, requestId(c));
}

async function checked(c: RequestContext, route: Route): Promise<Pick<Checked<unknown, unknown>, 'body' | 'query'>> {
  const query = route.query?.safeParse(c.req.query());
  if (query?.error) throw invalid('query', query.error);
  const body = route.body?.safeParse(route.body && (await json(c)));
  if (body?.error) throw invalid('body', body.error);
  return { body: body?.data, query: query?.data };
}

async function json(c: RequestContext): Promise<unknown> {
  const bytes = await c.req.arrayBuffer();
  if (bytes.byteLength > LARGEST_BODY) {
    throw new AppError('body_too_large', `the body has ${bytes.byteLength} bytes, at most ${LARGEST_BODY} are taken`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError('body_invalid', 'body: is not JSON', {
      cause,
      details: { errors: [{ field: 'body', message: 'send one JSON object, UTF-8 encoded' }] },
    });
  }
}

const problem = (c: RequestContext, error: AppError): Response => answerProblem(problemOf(error, requestId(c)));

const answerProblem = (body: { readonly status: number }): Response =>
  new Response(JSON.stringify(body), { status: body.status, headers: { 'content-type': 'application/problem+json' } });
