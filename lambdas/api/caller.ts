import { decodeJwt } from 'jose';
import * as z from 'zod';
import { AppError } from '../../src/kernel/failures.ts';
import type { Visibility } from '../../src/kernel/ids.ts';

/** Who asks, from the token that the gateway's authorizer verified. */
export interface Caller extends Visibility {
  readonly subject: string;
  readonly permissions: readonly string[];
  readonly request_id: string;
}

export interface ClaimNames {
  readonly tenant: string;
  readonly workspaces: string;
  readonly permissions: string;
}

const Subject = z.string().min(1).max(256);
/** Part of the names of message groups, which may have 128 characters. */
const Tenant = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const Names = z.array(z.string().min(1).max(256)).max(1_000);

/**
 * Reads the caller from the bearer token. Its signature, issuer, audience and times were checked by the gateway before this
 * function was called; it is decoded again because the gateway flattens lists in claims into one string.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 * Throws AppError `token_invalid` where a claim is missing or of the wrong shape.
 */
export function callerFrom(authorization: string | undefined, claims: ClaimNames, request_id: string): Caller {
  const token = authorization?.replace(/^bearer\s+/i, '');
  if (!token) throw new AppError('token_invalid', 'the request carries no bearer token');
  let payload: Readonly<Record<string, unknown>>;
  try {
    payload = decodeJwt(token);
  } catch (cause) {
    throw new AppError('token_invalid', 'the bearer token is not a JWT', { cause });
  }
  return {
    tenant_id: claim(payload, claims.tenant, Tenant),
    workspace_ids: claim(payload, claims.workspaces, Names.min(1)),
    permissions: claim(payload, claims.permissions, Names),
    subject: claim(payload, 'sub', Subject),
    request_id,
  };
}

function claim<T>(payload: Readonly<Record<string, unknown>>, name: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(payload[name]);
  if (parsed.success) return parsed.data;
  const what = payload[name] === undefined ? 'has no' : 'has an unusable';
  throw new AppError('token_invalid', `the token ${what} claim ${name}`, { details: { claim: name } });
}
