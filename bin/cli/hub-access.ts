import * as z from 'zod';
import { trustHere } from '../../tools/local/aws/certificates.ts';
import type { ApiClientOptions } from '../api-client.ts';
import { tokensFrom } from '../credentials.ts';
import { UsageError } from '../usage-error.ts';
import { type LocalHub, readLocalHub } from './local-hub.ts';

/** Which hub is talked to, and as whom. */
export type HubAccess = Pick<ApiClientOptions, 'url' | 'token'>;

const Url = z.url({ protocol: /^https?$/ });

/** The variable that names the hub; `bin/credentials.ts` has those that name the caller. */
const URL_VARIABLE = 'THROUGHLINE_API_URL';

/**
 * The hub that the environment names; where it says nothing, the one that `npm run local` keeps up in this checkout.
 * @throws UsageError that says what to set, where neither is there.
 */
export function hubAccess(env: NodeJS.ProcessEnv, local: LocalHub | undefined = readLocalHub()): HubAccess {
  const url = env[URL_VARIABLE];
  if (url) {
    if (!Url.safeParse(url).success) {
      throw new UsageError(
        `${URL_VARIABLE} is "${url}", which is no URL: set it to the output ApiUrl of the hub's stack`,
      );
    }
    return { url, token: explained(tokensFrom(env), env.THROUGHLINE_TOKEN_URL) };
  }
  const stray = Object.keys(env).filter((name) => /^THROUGHLINE_(TOKEN|CLIENT)/.test(name) && env[name]);
  if (stray.length > 0) {
    throw new UsageError(`which hub? ${stray.join(', ')} is set and ${URL_VARIABLE} is not`);
  }
  if (!local) {
    throw new UsageError(
      `which hub? Set ${URL_VARIABLE} to the output ApiUrl of its stack, or start one here with: npm run local`,
    );
  }
  trustHere(local.ca_file);
  const token = tokensFrom({
    THROUGHLINE_TOKEN_URL: local.token_url,
    THROUGHLINE_CLIENT_ID: local.client_id,
    THROUGHLINE_CLIENT_SECRET: local.client_secret,
  });
  return { url: local.url, token: explained(token, local.token_url) };
}

/** An issuer that cannot be reached, or answers with something else than a token, is a matter of configuration. */
const explained =
  (token: () => Promise<string>, token_url = '') =>
  async (): Promise<string> => {
    try {
      return await token();
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new UsageError(`no token from ${token_url} (${said}). Is this the token endpoint of the hub's issuer?`, {
        cause,
      });
    }
  };
