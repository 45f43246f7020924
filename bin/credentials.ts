import * as z from 'zod';
import { UsageError } from './usage-error.ts';

/** What the environment says about the caller: a token, or a client that may ask for one. */
const Credentials = z.union([
  z.object({ THROUGHLINE_TOKEN: z.string().min(1) }),
  z.object({
    THROUGHLINE_TOKEN_URL: z.url(),
    THROUGHLINE_CLIENT_ID: z.string().min(1),
    THROUGHLINE_CLIENT_SECRET: z.string().min(1),
    /** Issuers that have no default audience want it in the request. */
    THROUGHLINE_AUDIENCE: z.string().min(1).optional(),
  }),
]);

const TokenResponse = z.object({ access_token: z.string().min(1), expires_in: z.number().default(300) });

/** Seconds before its end at which a token is renewed. */
const MARGIN = 60;

/**
 * Where tokens come from: `THROUGHLINE_TOKEN` as it is, or client credentials (RFC 6749 section 4.4) at
 * `THROUGHLINE_TOKEN_URL`, asked again shortly before a token ends.
 * @throws UsageError that names the variables, where neither is there; from the returned function, where the issuer refuses.
 */
export function tokensFrom(env: NodeJS.ProcessEnv): () => Promise<string> {
  const parsed = Credentials.safeParse(env);
  if (!parsed.success) {
    throw new UsageError(
      'who are you? Set THROUGHLINE_TOKEN, or THROUGHLINE_TOKEN_URL, THROUGHLINE_CLIENT_ID and THROUGHLINE_CLIENT_SECRET',
    );
  }
  const credentials = parsed.data;
  if ('THROUGHLINE_TOKEN' in credentials) return async () => credentials.THROUGHLINE_TOKEN;

  const { THROUGHLINE_TOKEN_URL: url, THROUGHLINE_AUDIENCE: audience } = credentials;
  let current = { token: '', until: 0 };
  return async () => {
    if (Date.now() < current.until) return current.token;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: credentials.THROUGHLINE_CLIENT_ID,
        client_secret: credentials.THROUGHLINE_CLIENT_SECRET,
        ...(audience !== undefined && { audience }),
      }),
    });
    if (!response.ok) throw new UsageError(`${url} refused the client: ${response.status} ${await response.text()}`);
    const { access_token, expires_in } = TokenResponse.parse(await response.json());
    current = { token: access_token, until: Date.now() + (expires_in - MARGIN) * 1_000 };
    return access_token;
  };
}
