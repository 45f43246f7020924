import { createHash, createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { SignJWT } from 'jose';
import * as z from 'zod';
import { AppError } from '../../kernel/failures.ts';
import { parsedSecret, type SourceCheckDeps, Token, unexpected, unusable } from '../source-check.ts';
import { askSource, unreachable } from '../source-request.ts';

/** Microsoft's clouds: where one signs in and where Graph is. https://learn.microsoft.com/en-us/graph/deployments */
export const CLOUDS = {
  global: { login: 'login.microsoftonline.com', graph: 'graph.microsoft.com' },
  us_government: { login: 'login.microsoftonline.us', graph: 'graph.microsoft.us' },
  china: { login: 'login.partner.microsoftonline.cn', graph: 'microsoftgraph.chinacloudapi.cn' },
} as const;
export type Cloud = keyof typeof CLOUDS;

const SHAPE = '"client_id" and either "client_secret" or "certificate" and "private_key" (both PEM)';
const ClientId = z.string().regex(/^[0-9a-fA-F-]{36}$/);
const Credentials = z.union([
  z.object({ client_id: ClientId, client_secret: z.string().min(1) }),
  z.object({ client_id: ClientId, certificate: z.string().min(1), private_key: z.string().min(1) }),
]);
type Credentials = z.infer<typeof Credentials>;

/** Why a sign-in failed, in words of ours. https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes */
const REASONS: Readonly<Record<number, string>> = {
  53003: 'a conditional access policy blocks the application',
  90002: 'there is no such tenant in this cloud',
  700016: 'the tenant has no application with this client id',
  700024: 'the assertion is not valid at this time',
  700027: 'the certificate is not one of the application',
  7000112: 'the application is disabled',
  7000215: 'the client secret is wrong',
  7000222: 'the client secret has expired',
};
const SignInFailure = z.object({ error_codes: z.array(z.int().min(1).max(99_999_999)) });

/**
 * A token for an API, by the client credentials that the secret holds. Throws AppError `credentials_invalid`,
 * `source_unreachable`, `timeout` or `throttled`; none of them quotes what was sent or what came back.
 * https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export async function signIn(
  deps: SourceCheckDeps,
  to: { readonly cloud: Cloud; readonly entra_tenant_id: string; readonly api: string },
  over: AbortSignal,
): Promise<string> {
  const credentials = Credentials.safeParse(parsedSecret(await deps.secret(), SHAPE));
  if (!credentials.success) throw unusable(SHAPE);
  const host = CLOUDS[to.cloud].login;
  const path = `/${to.entra_tenant_id}/oauth2/v2.0/token`;
  const answer = await askSource(
    deps.network,
    {
      method: 'POST',
      host,
      path,
      form: {
        grant_type: 'client_credentials',
        client_id: credentials.data.client_id,
        scope: `https://${to.api}/.default`,
        ...(await proofOf(credentials.data, `https://${host}${path}`, deps.now())),
      },
    },
    over,
  );
  if (answer.status >= 400 && answer.status <= 403 && answer.body !== undefined) throw refusal(host, answer.body);
  if (answer.status !== 200) throw unexpected(host, answer);
  const token = Token.safeParse(answer.body);
  if (!token.success) throw unreachable(host, 'answered without a token');
  return token.data.access_token;
}

function refusal(host: string, body: unknown): AppError {
  const { data } = SignInFailure.safeParse(body);
  const known = data?.error_codes.map((code) => REASONS[code] ?? `AADSTS${code}`) ?? [];
  return new AppError('credentials_invalid', [`${host}: did not accept the credentials`, ...known].join('; '));
}

async function proofOf(credentials: Credentials, audience: string, now: Date): Promise<Record<string, string>> {
  if ('client_secret' in credentials) return { client_secret: credentials.client_secret };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(credentials, audience, now),
  };
}

/** https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials */
async function assertion(
  { client_id, certificate, private_key }: Extract<Credentials, { certificate: string }>,
  audience: string,
  now: Date,
): Promise<string> {
  const seconds = Math.floor(now.getTime() / 1_000);
  try {
    const der = new X509Certificate(certificate).raw;
    const thumbprint = createHash('sha256').update(der).digest('base64url');
    return await new SignJWT()
      .setProtectedHeader({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint })
      .setIssuer(client_id)
      .setSubject(client_id)
      .setAudience(audience)
      .setJti(randomUUID())
      .setNotBefore(seconds - 60)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 300)
      .sign(createPrivateKey(private_key));
  } catch {
    // What the libraries say about a key that they cannot read is not worth the risk of quoting it.
    throw unusable(`${SHAPE}: the certificate or its RSA key cannot be read`);
  }
}
