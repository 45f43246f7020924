import * as z from 'zod';
import { ERROR_FACTS } from '../../src/kernel/error-facts.ts';
import type { ErrorCode } from '../../src/kernel/failures.ts';
import { ProblemAnswer } from './answers/problems.ts';
import { type JsonSchema, schemaCollector } from './openapi-schemas.ts';
import { JSON_TYPE, NDJSON_TYPE } from './request.ts';
import { ANY_TOKEN, type Route } from './route.ts';

/** The description of the HTTP API. https://spec.openapis.org/oas/v3.1.1.html */
export const OpenApiDocument = z.looseObject({
  openapi: z.literal('3.1.1'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.record(z.string(), z.unknown()),
});
export type OpenApiDocument = z.infer<typeof OpenApiDocument>;

/** Below which everything but the two public routes lies. */
const ROOT = '/api/v1';

type Collect = ReturnType<typeof schemaCollector>['collect'];

/** Describes a table of routes. Pure: the same table gives the same document. */
export function openApi(routes: readonly Route[]): OpenApiDocument {
  const { collect, components } = schemaCollector();
  collect(ProblemAnswer, 'output');
  const paths: Record<string, Record<string, unknown>> = { ...publicPaths() };
  for (const route of routes) {
    const path = ROOT + templated(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, routes, collect) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Throughline',
      version: 'v1',
      summary: 'What a workload can reach, through which identities, and how we know',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The hub: its address is an output of its deployment' }],
    security: [{ oidc: [] }],
    tags: [...new Set(['hub', ...routes.map(tagOf)])].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...components(), GatewayRefusal: GATEWAY_REFUSAL },
      responses: Object.fromEntries(routes.flatMap(problemsOf).map((problem) => [problem.name, response(problem)])),
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY },
      securitySchemes: { oidc: BEARER },
    },
  };
}

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description:
    'An access token of the OIDC issuer that the hub is configured with. Its claims give the tenant, the workspaces and the permissions; `x-permission` names the one that an operation needs.',
};

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same request with the same key comes to the same; another body with it is a conflict',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
};

/** What the gateway says by itself, before the hub has seen the request. */
const GATEWAY_REFUSAL = { type: 'object', properties: { message: { type: ['string', 'null'] } } };

function operation(route: Route, routes: readonly Route[], collect: Collect): JsonSchema {
  const idempotent = route.idempotent ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : [];
  const parameters = [...pathParameters(route), ...queryParameters(route, collect), ...idempotent];
  return {
    operationId: operationId(route),
    tags: [tagOf(route)],
    summary: route.summary,
    'x-permission': route.permission,
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: requestBody(route, collect(route.body, 'input')) }),
    responses: {
      [route.status]: {
        description: 'Done as asked',
        content: { [JSON_TYPE]: { schema: collect(route.answer, 'output') } },
        ...linksFrom(route, routes),
      },
      ...Object.fromEntries(
        problemsOf(route).map(({ status, name }) => [status, { $ref: `#/components/responses/${name}` }]),
      ),
    },
  };
}

const templated = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');
const tagOf = ({ path }: Pick<Route, 'path'>): string => path.split('/')[1] ?? 'hub';

/** `GET /scan-runs/:id/cells` is `getScanRunsIdCells`. */
const operationId = ({ method, path }: Pick<Route, 'method' | 'path'>): string =>
  method.toLowerCase() +
  path
    .split(/\W+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const namesIn = (path: string): readonly string[] => [...path.matchAll(/:(\w+)/g)].flatMap(([, name]) => name ?? []);

const pathParameters = ({ path }: Route): readonly JsonSchema[] =>
  namesIn(path).map((name) => ({ name, in: 'path', required: true, schema: { type: 'string', minLength: 1 } }));

function queryParameters({ query }: Route, collect: Collect): readonly JsonSchema[] {
  if (!query) return [];
  const { properties = {}, required = [] } = QuerySchema.parse(collect(query, 'input'));
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(required.includes(name) && { required: true }),
    ...(description !== undefined && { description }),
    schema,
  }));
}

const QuerySchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })).optional(),
  required: z.array(z.string()).optional(),
});

const requestBody = ({ ndjson }: Route, schema: JsonSchema): JsonSchema => ({
  required: true,
  content: {
    [JSON_TYPE]: { schema },
    ...(ndjson && {
      [NDJSON_TYPE]: { schema: { type: 'string', description: 'One JSON document on each line' } },
    }),
  },
});

/** Where the id in an answer leads: from what was made, and from the first of a list, to what is below it. */
function linksFrom({ method, path }: Route, routes: readonly Route[]): { readonly links?: JsonSchema } {
  const id = method === 'POST' ? '$response.body#/_id' : '$response.body#/items/0/_id';
  const below = routes.filter((route) => {
    const [only, ...more] = namesIn(route.path);
    return route.path.startsWith(`${path}/:`) && only === 'id' && more.length === 0;
  });
  if (namesIn(path).length > 0 || below.length === 0) return {};
  return {
    links: Object.fromEntries(
      below.map((route) => [operationId(route), { operationId: operationId(route), parameters: { id } }]),
    ),
  };
}

/** Failures that a route may have by what it declares. */
function codesOf(route: Route): readonly ErrorCode[] {
  return [
    ...new Set<ErrorCode>([
      'token_invalid',
      'body_invalid',
      'rate_limited',
      'not_ready',
      ...(route.permission === ANY_TOKEN ? [] : (['permission_missing'] as const)),
      ...(namesIn(route.path).length > 0 ? (['not_found'] as const) : []),
      ...(route.body ? (['body_too_large', 'media_type_unsupported'] as const) : []),
      ...(route.problems ?? []),
    ]),
  ];
}

/** The failures of one status. Its name lists them, so that routes with the same ones share it. */
interface StatusProblem {
  readonly status: number;
  readonly codes: readonly ErrorCode[];
  readonly name: string;
}

function problemsOf(route: Route): readonly StatusProblem[] {
  const byStatus = Map.groupBy(codesOf(route).toSorted(), (code) => ERROR_FACTS[code].status);
  return [...byStatus]
    .map(([status, codes]) => ({ status, codes, name: codes.join('.') }))
    .sort((a, b) => a.status - b.status);
}

/** Statuses with which also the gateway answers, in words of its own. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([401, 404, 413, 429, 503]);

const response = ({ status, codes }: StatusProblem): JsonSchema => ({
  description: codes.map((code) => `${ERROR_FACTS[code].title} (\`${code}\`)`).join('; '),
  ...(codes.includes('rate_limited') && { headers: RETRY_AFTER }),
  content: {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    ...(GATEWAY_STATUSES.has(status) && {
      [JSON_TYPE]: { schema: { $ref: '#/components/schemas/GatewayRefusal' } },
    }),
  },
});

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds until the next request is taken', schema: { type: 'integer', minimum: 1 } },
};

/** The two routes that anybody may ask, which say nothing. */
function publicPaths(): Record<string, Record<string, unknown>> {
  const says = (status: string) => ({
    description: `The status is "${status}"`,
    content: { [JSON_TYPE]: { schema: { type: 'object', properties: { status: { const: status } } } } },
  });
  const open = { tags: ['hub'], security: [] };
  return {
    '/health': {
      get: { operationId: 'getHealth', summary: 'Whether the hub lives', ...open, responses: { 200: says('ok') } },
    },
    '/ready': {
      get: {
        operationId: 'getReady',
        summary: 'Whether the hub can answer',
        ...open,
        responses: { 200: says('ok'), 503: says('not ready') },
      },
    },
  };
}
