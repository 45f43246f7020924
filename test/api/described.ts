import * as z from 'zod';
import { openApi } from '../../lambdas/api/openapi.ts';
import type { Route } from '../../lambdas/api/route.ts';

interface Answered {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly body: unknown;
}

const routeOf = (routes: readonly Route[], method: string, path: string): Route | undefined =>
  routes.find((route) => {
    const pattern = `^/api/v1${route.path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/?]+')}(\\?|$)`;
    return route.method === method && new RegExp(pattern).test(path);
  });

/** Throws where an answer holds what its route does not declare: so every test of a route tries its description as well. */
export function assertDeclared(routes: readonly Route[], { method, path, status, body }: Answered): void {
  const route = routeOf(routes, method, path);
  if (!route || status >= 300) return;
  const parsed = route.answer.safeParse(body);
  if (parsed.error)
    throw new Error(`${method} ${path} answers what it does not declare: ${z.prettifyError(parsed.error)}`);
}

const Responses = z.looseObject({ responses: z.record(z.string(), z.unknown()) });

/** As `assertDeclared`, and throws for a status that the description does not have. */
export function assertDescribed(routes: readonly Route[], answered: Answered): void {
  assertDeclared(routes, answered);
  const route = routeOf(routes, answered.method, answered.path);
  if (!route) return;
  const operations = openApi(routes).paths[`/api/v1${route.path.replaceAll(/:(\w+)/g, '{$1}')}`] ?? {};
  const { responses } = Responses.parse(operations[route.method.toLowerCase()]);
  if (responses[answered.status] === undefined) {
    throw new Error(
      `${answered.method} ${answered.path} answers ${answered.status}, which its description does not have`,
    );
  }
}
