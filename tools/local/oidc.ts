import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import * as z from 'zod';
import { listen } from './ports.ts';

/** Somebody who may ask for tokens with a client id and secret, and what their tokens say. */
export interface OidcClient {
  readonly client_id: string;
  readonly client_secret: string;
  readonly claims: TokenClaims;
}

/** What a token says beyond `iss`, `iat` and `exp`. */
export interface TokenClaims extends JWTPayload {
  readonly sub?: string;
  readonly org_id?: string;
  readonly workspaces?: string[];
  readonly permissions?: string[];
}

/** How a token is made wrong on purpose. */
export interface TokenOptions {
  /** Seconds from now; a negative number makes a token that has expired. @default 3600 */
  readonly expires_in?: number;
  /** `foreign`: signed by a key that the issuer does not publish, under the key id of the one that it does. */
  readonly key?: 'own' | 'foreign';
}

/** A small OpenID Connect issuer: discovery, JWKS, and tokens for client credentials. */
export interface Oidc {
  /** `http://127.0.0.1:<port>`: the `iss` of its tokens. */
  readonly issuer: string;
  /** The audience that its tokens have unless their claims name another. */
  readonly audience: string;
  /** Lets a client ask for tokens at `POST /token`. */
  register(client: OidcClient): void;
  /** Mints a token without asking anybody. `claims` may overwrite every claim, `iss` and `aud` included. */
  token(claims: TokenClaims, options?: TokenOptions): Promise<string>;
  stop(): Promise<void>;
}

const KEY_ID = 'local-1';
const AUDIENCE = 'throughline';
const LIFETIME_S = 3600;

/** Starts the issuer on a free port of 127.0.0.1, over http, which the emulator's JWT authorizer accepts. */
export async function startOidc(): Promise<Oidc> {
  const [own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), kid: KEY_ID, alg: 'RS256', use: 'sig' }] };
  const clients = new Map<string, OidcClient>();
  const server = createServer((request, response) => {
    answer(request).then(
      ([status, body]) => reply(response, status, body),
      (error: unknown) => reply(response, 500, { error: 'server_error', error_description: String(error) }),
    );
  });
  const port = await listen(server);
  const issuer = `http://127.0.0.1:${port}`;
  const mint = (claims: TokenClaims, options: TokenOptions = {}): Promise<string> =>
    sign({ iss: issuer, aud: AUDIENCE, ...claims }, options, options.key === 'foreign' ? foreign : own);

  async function answer(request: IncomingMessage): Promise<[number, object]> {
    const route = `${request.method} ${request.url?.split('?')[0]}`;
    if (route === 'GET /.well-known/openid-configuration') return [200, discovery(issuer)];
    if (route === 'GET /.well-known/jwks.json') return [200, jwks];
    if (route !== 'POST /token') return [404, { error: 'not_found' }];
    const asked = await readCredentials(request);
    if (!asked) return [400, { error: 'unsupported_grant_type' }];
    const client = clients.get(asked.client_id);
    if (!client || client.client_secret !== asked.client_secret) return [401, { error: 'invalid_client' }];
    const access_token = await mint({ sub: client.client_id, ...client.claims });
    return [200, { access_token, token_type: 'Bearer', expires_in: LIFETIME_S }];
  }

  return {
    issuer,
    audience: AUDIENCE,
    register: (client) => {
      clients.set(client.client_id, client);
    },
    token: mint,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sign(claims: TokenClaims, options: TokenOptions, keys: { privateKey: CryptoKey }): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const exp = now + (options.expires_in ?? LIFETIME_S);
  // Issued before it expires, also when it has expired already.
  const iat = Math.min(now, exp - 1);
  return new SignJWT({ iat, exp, ...claims }).setProtectedHeader({ alg: 'RS256', kid: KEY_ID }).sign(keys.privateKey);
}

function discovery(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    token_endpoint: `${issuer}/token`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  };
}

const Credentials = z.object({
  grant_type: z.literal('client_credentials'),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
});

/** From the form, or from basic authentication (RFC 6749 section 2.3.1). Undefined if there are none. */
async function readCredentials(request: IncomingMessage): Promise<z.infer<typeof Credentials> | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':', 2);
    form.client_id = decodeURIComponent(id);
    form.client_secret = decodeURIComponent(secret);
  }
  return Credentials.safeParse(form).data;
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
