import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { boundedText } from './bounded-text.ts';
import { parsedJson } from './parsed-json.ts';
import { plainText } from './terminal/plain-text.ts';
import { UsageError } from './usage-error.ts';

/** A client that may ask an issuer for tokens. */
export interface ClientCredentials {
  readonly token_url: string;
  readonly client_id: string;
  readonly client_secret: string;
  /** Issuers that have no default audience want it in the request. */
  readonly audience?: string | undefined;
}

const Token = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]+$/);

/** What the environment says about the caller: a token, or a client that may ask for one. */
const Environment = z.union([
  z.object({ THROUGHLINE_TOKEN: Token }),
  z.object({
    THROUGHLINE_TOKEN_URL: z.url(),
    THROUGHLINE_CLIENT_ID: z.string().min(1),
    THROUGHLINE_CLIENT_SECRET: z.string().min(1),
    THROUGHLINE_AUDIENCE: z.string().min(1).optional(),
  }),
]);

const TokenResponse = z.object({ access_token: Token, expires_in: z.coerce.number().default(300) });

/** Seconds before its end at which a token is renewed. */
const MARGIN = 60;

/** The longest answer of an issuer, and milliseconds that it may take. */
const LONGEST_ANSWER = 1 << 20;
const TIMEOUT = 15_000;

/** Milliseconds after which an issuer that did not answer is asked again: whoever watches a run for hours outlasts its restart. */
const AGAIN = [500, 2_000];

/**
 * Where tokens come from: `THROUGHLINE_TOKEN` as it is, or client credentials at `THROUGHLINE_TOKEN_URL`.
 * @throws UsageError that names the variables, where neither is there; from the returned function, as `tokensOf`.
 */
export function tokensFrom(env: NodeJS.ProcessEnv): () => Promise<string> {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    throw new UsageError(
      'who are you? Set THROUGHLINE_TOKEN, or THROUGHLINE_TOKEN_URL, THROUGHLINE_CLIENT_ID and THROUGHLINE_CLIENT_SECRET',
    );
  }
  const found = parsed.data;
  if ('THROUGHLINE_TOKEN' in found) return async () => found.THROUGHLINE_TOKEN;
  return tokensOf({
    token_url: found.THROUGHLINE_TOKEN_URL,
    client_id: found.THROUGHLINE_CLIENT_ID,
    client_secret: found.THROUGHLINE_CLIENT_SECRET,
    ...(found.THROUGHLINE_AUDIENCE !== undefined && { audience: found.THROUGHLINE_AUDIENCE }),
  });
}

/**
 * Tokens of a client (RFC 6749 section 4.4), asked for again shortly before one ends. The returned function throws
 * UsageError where the issuer refuses, cannot be reached, or answers with something else than a token.
 */
export function tokensOf(credentials: ClientCredentials): () => Promise<string> {
  let current = { token: '', until: 0 };
  return async () => {
    if (Date.now() < current.until) return current.token;
    const { access_token, expires_in } = await asked(credentials);
    current = { token: access_token, until: Date.now() + (expires_in - MARGIN) * 1_000 };
    return access_token;
  };
}

async function asked(credentials: ClientCredentials): Promise<z.infer<typeof TokenResponse>> {
  const { token_url, client_secret } = credentials;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await answerOf(credentials);
    const again = AGAIN[attempt];
    if (again !== undefined && (answer instanceof Error || answer.status >= 500)) {
      await sleep(again);
      continue;
    }
    if (answer instanceof Error) throw noToken(token_url, answer.message, answer);
    if (answer.status !== 200) {
      // Some issuers repeat what they were sent.
      const said = plainText(answer.text.slice(0, 300)).replaceAll(client_secret, '***');
      throw new UsageError(`${token_url} refused the client: ${answer.status} ${said}`);
    }
    const parsed = TokenResponse.safeParse(parsedJson(answer.text));
    if (!parsed.success) throw noToken(token_url, 'the answer holds no access_token', parsed.error);
    return parsed.data;
  }
}

/** Returns the failure where no answer arrived. */
async function answerOf({ token_url, client_id, client_secret, audience }: ClientCredentials) {
  try {
    const response = await fetch(token_url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id,
        client_secret,
        ...(audience !== undefined && { audience }),
      }),
      // The secret is for this URL alone.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return { status: response.status, text: await boundedText(response, LONGEST_ANSWER) };
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}

/** An issuer that cannot be reached, or answers with something else than a token, is a matter of configuration. */
const noToken = (token_url: string, why: string, cause: unknown): UsageError =>
  new UsageError(`no token from ${token_url} (${why}). Is this the token endpoint of the hub's issuer?`, { cause });
