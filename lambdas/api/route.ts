import type * as z from 'zod';
import type { Caller } from './caller.ts';

export const PERMISSIONS = [
  'instances:read',
  'instances:write',
  'scopes:read',
  'scopes:write',
  'runs:read',
  'runs:write',
  'paths:read',
  'stitches:read',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** A request after everything that a schema can check has been checked. */
export interface Checked<Body, Query> {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly query: Query;
}

export interface RouteDeclaration<Body, Query> {
  readonly method: 'GET' | 'POST';
  /** Below `/api/v1`, with `:name` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission;
  /** The status of a good answer. */
  readonly status: 200 | 201 | 202;
  readonly body?: z.ZodType<Body>;
  readonly query?: z.ZodType<Query>;
}

/** A declared route and what it does, its types hidden: the table holds routes of all shapes. */
export interface Route extends RouteDeclaration<unknown, unknown> {
  readonly handle: (request: Checked<unknown, unknown>) => Promise<unknown>;
}

/** Ties a declaration to its handler: the body and query that reach it have passed the declared schemas. */
export const route = <Body, Query>(
  declaration: RouteDeclaration<Body, Query>,
  handle: (request: Checked<Body, Query>) => Promise<unknown>,
): Route => ({
  ...declaration,
  // The router parses with the declared schemas before it calls: the one place where a checked value regains its type.
  handle: (request) => handle(request as Checked<Body, Query>),
});
