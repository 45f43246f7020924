import * as z from 'zod';
import { AppError } from '../../kernel/failures.ts';
import { type BetterWords, type CheckOutcome, connected, outcomeOf, withinTime } from '../check.ts';
import {
  CONNECTOR_FOLLOWS,
  parsedSecret,
  type SourceCheckDeps,
  Token,
  unexpected,
  unusable,
  wordsFrom,
} from '../source-check.ts';
import { askSource, unreachable } from '../source-request.ts';

const SHAPE = 'either "client_id" and "client_secret" (OAuth) or "username" and "password"';
const Text = z.string().min(1);
const Credentials = z.union([
  z.object({ client_id: Text, client_secret: Text }),
  z.object({ username: Text, password: Text }),
]);
type Credentials = z.infer<typeof Credentials>;

/** Every instance has users, so that none at all means that they are hidden. */
const FIRST_USER = '/api/now/table/sys_user?sysparm_limit=1&sysparm_fields=sys_id';
const Rows = z.object({ result: z.array(z.unknown()) });

/** Signs in to an instance, where its credentials are OAuth's, and reads one row. */
export async function checkServiceNow(
  deps: SourceCheckDeps,
  { host }: { readonly host: string },
  over: AbortSignal,
): Promise<CheckOutcome> {
  const terms = { over, words: words(host, deps.credentials_ref) };
  const finding = await withinTime(host, terms, async () => {
    const credentials = Credentials.safeParse(parsedSecret(await deps.secret(), SHAPE));
    if (!credentials.success) throw unusable(SHAPE);
    const authorization = await authorizationOf(deps, host, credentials.data, over);
    const request = { method: 'GET', host, path: FIRST_USER, headers: { authorization } } as const;
    const answer = await askSource(deps.network, request, over);
    if (answer.status === 401) throw notAccepted(host);
    if (answer.status === 403) throw new AppError('access_denied', `${host}: refused to read the table sys_user`);
    const rows = Rows.safeParse(answer.body);
    if (answer.status !== 200 || !rows.success) throw unexpected(host, answer);
    if (rows.data.result.length === 0) {
      throw new AppError('access_denied', `${host}: hides every row of the table sys_user`);
    }
    return connected(host, CONNECTOR_FOLLOWS);
  });
  return outcomeOf([finding]);
}

async function authorizationOf(
  deps: SourceCheckDeps,
  host: string,
  credentials: Credentials,
  over: AbortSignal,
): Promise<string> {
  if ('username' in credentials) {
    return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  }
  const form = { grant_type: 'client_credentials', ...credentials };
  const answer = await askSource(deps.network, { method: 'POST', host, path: '/oauth_token.do', form }, over);
  if (answer.status >= 400 && answer.status <= 403) throw notAccepted(host);
  if (answer.status !== 200 || answer.body === undefined) throw unexpected(host, answer);
  const token = Token.safeParse(answer.body);
  if (!token.success) throw unreachable(host, 'answered without a token');
  return `Bearer ${token.data.access_token}`;
}

const notAccepted = (host: string): AppError =>
  new AppError('credentials_invalid', `${host}: did not accept the credentials`);

const words = (host: string, credentials_ref: string): BetterWords =>
  wordsFrom({
    credentials_invalid: {
      remedy: `Put valid credentials into the secret ${credentials_ref} (docs/connectors.md says in what form). For OAuth, the client needs an application user, and the instance the property glide.oauth.inbound.client.credential.grant_type.enabled.`,
      responsible: 'ServiceNow connection owner',
    },
    access_denied: {
      remedy: 'Give the user of the connection a role with a read ACL on the table sys_user.',
      responsible: 'ServiceNow connection owner',
    },
    source_unreachable: {
      remedy: `Check that ${host} is the address of the instance and that the instance is awake; a single sign-on page in front of its API must let the connection through.`,
      responsible: 'ServiceNow connection owner',
    },
    throttled: {
      remedy: 'Check again in some minutes; a rate limit rule of the instance (sys_rate_limit_rules) may be too low.',
      responsible: 'ServiceNow connection owner',
    },
  });
