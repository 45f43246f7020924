import type { HonoRequest } from 'hono';
import * as z from 'zod';
import { AppError } from '../../src/kernel/failures.ts';
import { invalid } from './problem.ts';
import type { Route } from './route.ts';

/** A body may have this many bytes as received. */
export const LARGEST_BODY = 4 * 1024 * 1024;
/** Lists and objects within one another. A policy document, the deepest that anybody sends, has about ten. */
export const DEEPEST_BODY = 64;

export const JSON_TYPE = 'application/json';
export const NDJSON_TYPE = 'application/x-ndjson';

const NOTHING = z.strictObject({});

/** The checked query of a request. Throws AppError `body_invalid`, naming the parameter. */
export function queryOf(request: HonoRequest, route: Route): unknown {
  const given = Object.entries(request.queries());
  const twice = given.find(([, values]) => values.length > 1);
  if (twice) throw wrong(twice[0], 'give it once: which of them is meant is not guessed');
  const query = Object.fromEntries(given.map(([name, [value]]) => [name, value]));
  const parsed = (route.query ?? NOTHING).safeParse(query);
  if (parsed.error) throw invalid('query', parsed.error);
  return parsed.data;
}

/**
 * The checked body of a request; undefined where the route takes none. Throws AppError `media_type_unsupported`,
 * `body_too_large`, or `body_invalid` which names the field.
 */
export async function bodyOf(request: HonoRequest, route: Route): Promise<unknown> {
  if (!route.body) return undefined;
  const type = mediaTypeOf(request, route);
  const text = await textOf(request);
  const given = type === NDJSON_TYPE && route.ndjson ? route.ndjson(text) : fromJson(text);
  checkShape(given);
  const parsed = route.body.safeParse(given);
  if (parsed.error) throw invalid('body', parsed.error);
  return parsed.data;
}

/** The media types that a route takes. */
export const accepted = (route: Route): readonly string[] => (route.ndjson ? [JSON_TYPE, NDJSON_TYPE] : [JSON_TYPE]);

function mediaTypeOf(request: HonoRequest, route: Route): string {
  const [type = '', ...parameters] = (request.header('content-type') ?? '').toLowerCase().split(';');
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  const readable = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  if (accepted(route).includes(type.trim()) && readable && !request.header('content-encoding')) return type.trim();
  throw new AppError('media_type_unsupported', `this route does not take a body of the type "${type.trim()}"`, {
    details: { accepted: accepted(route).join(' or ') },
  });
}

async function textOf(request: HonoRequest): Promise<string> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > LARGEST_BODY) {
    throw new AppError('body_too_large', `the body has ${bytes.byteLength} bytes, at most ${LARGEST_BODY} are taken`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw wrong('body', 'is not UTF-8', cause);
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong('body', 'is not JSON: send one JSON object, UTF-8 encoded', cause);
  }
}

/**
 * Refuses what JSON allows and nobody means: depth without end, and names that are none to every reader. `__proto__` would
 * set what an object is made of, NUL ends a name in the database.
 */
function checkShape(body: unknown): void {
  const open: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value: body, path: [] }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= DEEPEST_BODY) {
      throw wrong(path.slice(0, 3).join('.'), `is nested more than ${DEEPEST_BODY} deep`);
    }
    for (const [name, member] of Object.entries(value)) {
      if (name === '__proto__' || name.includes('\u0000')) {
        throw wrong([...path, name].join('.').replaceAll('\u0000', '\\u0000'), 'is not a name that a field may have');
      }
      if (typeof member === 'object') open.push({ value: member, path: [...path, name] });
    }
  }
}

const wrong = (field: string, message: string, cause?: unknown): AppError =>
  new AppError('body_invalid', `${field}: ${message}`, { cause, details: { errors: [{ field, message }] } });
