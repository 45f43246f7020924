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

/** As `assertDeclared`, and throws for a status that the description of the routes does not have. */
export function describedAssertion(routes: readonly Route[]): (answered: Answered) => void {
  const { paths } = openApi(routes);
  return (answered) => {
    assertDeclared(routes, answered);
    const { method, path, status } = answered;
    const route = routeOf(routes, method, path);
    if (!route) return;
    const operation = paths[`/api/v1${route.path.replaceAll(/:(\w+)/g, '{$1}')}`]?.[route.method.toLowerCase()];
    if (Responses.parse(operation).responses[status] !== undefined) return;
    throw new Error(`${method} ${path} answers ${status}, which its description does not have`);
  };
}
