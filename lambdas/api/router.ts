import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { type Context, Hono } from 'hono';
import { AppError } from '../../src/kernel/failures.ts';
import type { TenantId } from '../../src/kernel/ids.ts';
import { type Caller, type ClaimNames, callerFrom } from './caller.ts';
import { answerProblem, internalProblem, problemOf } from './problem.ts';
import { isRefusedAttempt } from './refused.ts';
import { bodyOf, queryOf } from './request.ts';
import { ANY_TOKEN, type Route } from './route.ts';

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
  /** Counts a request of a tenant. Gives the seconds to wait where it was one too many. */
  readonly count: (tenant_id: TenantId) => Promise<number | undefined>;
  /** Told of every refused attempt, for the audit. */
  readonly refused: (caller: Caller, route: Route, refusal: AppError) => Promise<void>;
  /** Told of every bug. */
  readonly crashed: (error: unknown, request_id: string) => void;
}

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
      await limit(deps, caller);
      try {
        return c.json((await answer(c, route, caller)) ?? {}, route.status);
      } catch (error) {
        if (isRefusedAttempt(error)) await deps.refused(caller, route, error);
        throw error;
      }
    });
  }
  for (const [path, methods] of methodsByPath(deps.routes)) {
    app.all(path, (c) => notAllowed(c, methods));
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

async function answer(c: RequestContext, route: Route, caller: Caller): Promise<unknown> {
  if (route.permission !== ANY_TOKEN && !caller.permissions.includes(route.permission)) {
    throw new AppError('permission_missing', `this route needs the permission ${route.permission}`, {
      details: { permission: route.permission },
    });
  }
  const idempotency_key = c.req.header('idempotency-key');
  return route.handle({
    caller,
    params: c.req.param(),
    ...(idempotency_key !== undefined && { idempotency_key }),
    query: queryOf(c.req, route),
    body: await bodyOf(c.req, route),
  });
}

/** Before anything is looked at or audited: also what is refused costs something. */
async function limit(deps: RouterDeps, caller: Caller): Promise<void> {
  const retry_after_seconds = await deps.count(caller.tenant_id);
  if (retry_after_seconds === undefined) return;
  throw new AppError('rate_limited', `the next request is taken in ${retry_after_seconds} s`, {
    details: { retry_after_seconds },
  });
}

/** The methods of each path, as Hono writes paths. `HEAD` is answered wherever `GET` is. */
function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>([
    ['/health', ['GET', 'HEAD']],
    ['/ready', ['GET', 'HEAD']],
  ]);
  for (const { method, path } of routes) {
    const known = methods.get(`/api/v1${path}`) ?? [];
    methods.set(`/api/v1${path}`, [...known, ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  return methods;
}

function notAllowed(c: RequestContext, methods: readonly string[]): Response {
  const allowed = methods.join(', ');
  const error = new AppError('method_not_allowed', `${c.req.path} does not know ${c.req.method}`, {
    details: { allowed },
  });
  const response = problem(c, error);
  response.headers.set('allow', allowed);
  return response;
}

const requestId = (c: RequestContext): string => c.env?.event?.requestContext?.requestId ?? 'none';

/** Only a request whose token the gateway verified carries an authorizer: without it nothing is believed. */
function authenticated(c: RequestContext, claims: ClaimNames): Caller {
  if (!c.env?.event?.requestContext?.authorizer?.jwt) {
    throw new AppError('token_invalid', 'the request did not pass the authorizer');
  }
  return callerFrom(c.req.header('authorization'), claims, requestId(c));
}

const problem = (c: RequestContext, error: AppError): Response => answerProblem(problemOf(error, requestId(c)), error);
