import type * as z from 'zod';
import type { ErrorCode } from '../../src/kernel/failures.ts';
import type { Caller } from './caller.ts';

export const PERMISSIONS = [
  'instances:read',
  'instances:write',
  'scopes:read',
  'scopes:write',
  'runs:read',
  'runs:write',
  'entities:read',
  'correlations:read',
  'correlations:write',
  'paths:read',
  'stitches:read',
  'stitches:write',
  'audit:read',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** A request after everything that a schema can check has been checked. */
export interface Checked<Body, Query> {
  readonly caller: Caller;
  /** The caller's `Idempotency-Key`: the same request again is to come to the same. */
  readonly idempotency_key?: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly query: Query;
}

/** Instead of a permission: whoever has a token of this hub may use the route. What it answers is the same for all of them. */
export const ANY_TOKEN = 'any_token';

export interface RouteDeclaration<Body, Query, Answer> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, with `:name` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission | typeof ANY_TOKEN;
  /** A POST that only asks what is too long for a query: it needs a permission to read. */
  readonly asks?: true;
  /** The status of a good answer. */
  readonly status: 200 | 201 | 202;
  readonly body?: z.ZodType<Body>;
  /** Where the body may also come as NDJSON (`application/x-ndjson`): turns its text into what `body` checks. */
  readonly ndjson?: (text: string) => unknown;
  /** Whether the same request with the same `Idempotency-Key` comes to the same. */
  readonly idempotent?: true;
  readonly query?: z.ZodType<Query>;
  /** What a good answer holds: documented, and compared with what the handler returns. */
  readonly answer: z.ZodType<Answer>;
  /** Failures that only this route has, beside those that any route may have. */
  readonly problems?: readonly ErrorCode[];
}

/** A declared route and what it does, its types hidden: the table holds routes of all shapes. */
export interface Route extends RouteDeclaration<unknown, unknown, unknown> {
  readonly handle: (request: Checked<unknown, unknown>) => Promise<unknown>;
}

/** Ties a declaration to its handler: the body and query that reach it have passed the declared schemas. */
export const route = <Body, Query, Answer>(
  declaration: RouteDeclaration<Body, Query, Answer>,
  handle: (request: Checked<Body, Query>) => Promise<NoInfer<Answer>>,
): Route => ({
  ...declaration,
  // The router parses with the declared schemas before it calls: the one place where a checked value regains its type.
  handle: (request) => handle(request as Checked<Body, Query>),
});
