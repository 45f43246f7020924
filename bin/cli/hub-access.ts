import * as z from 'zod';
import { trustHere } from '../../tools/local/aws/certificates.ts';
import { tokensFrom, tokensOf } from '../credentials.ts';
import type { HubConnectionOptions } from '../hub-connection.ts';
import { UsageError } from '../usage-error.ts';
import { type LocalHub, readLocalHub } from './local-hub.ts';
import { loginFile, readLogin, type StoredLogin } from './stored-login.ts';

/** Which hub is talked to, and as whom. */
export interface HubAccess extends Pick<HubConnectionOptions, 'url' | 'token'> {
  /** Who says so. */
  readonly from: 'environment' | 'local hub' | 'login';
}

/** What may name a hub beside the environment. */
export interface KnownHubs {
  /** The hub that `npm run local` keeps up in this checkout. */
  readonly local?: LocalHub | undefined;
  /** What `login` keeps. Read only where nobody else names a hub. */
  readonly login?: () => StoredLogin | undefined;
}

const Url = z.url({ protocol: /^https?$/ });

/** The variable that names the hub; `bin/credentials.ts` has those that name the caller. */
const URL_VARIABLE = 'THROUGHLINE_API_URL';

/** The hubs that this machine knows of. */
export const knownHubs = (env: NodeJS.ProcessEnv): KnownHubs => ({
  local: readLocalHub(),
  login: () => readLogin(loginFile(env)),
});

/**
 * The hub that the environment names; else the one that `npm run local` keeps up in this checkout, so that nobody who tries
 * something out there meets the real one; else the one of `login`.
 * @throws UsageError that says what to set, where there is none.
 */
export function hubAccess(env: NodeJS.ProcessEnv, { local, login }: KnownHubs = knownHubs(env)): HubAccess {
  const url = env[URL_VARIABLE];
  if (url) {
    if (!isUrl(url)) {
      throw new UsageError(
        `${URL_VARIABLE} is "${url}", which is no URL: set it to the output ApiUrl of the hub's stack`,
      );
    }
    return { url, token: tokensFrom(env), from: 'environment' };
  }
  const stray = Object.keys(env).filter((name) => /^THROUGHLINE_(TOKEN|CLIENT)/.test(name) && env[name]);
  if (stray.length > 0) {
    throw new UsageError(`which hub? ${stray.join(', ')} is set and ${URL_VARIABLE} is not`);
  }
  if (local) {
    trustHere(local.ca_file);
    return { url: local.url, token: tokensOf(local), from: 'local hub' };
  }
  const kept = login?.();
  if (kept) return { url: kept.api_url, token: tokensOf(kept), from: 'login' };
  throw new UsageError(
    `which hub? Say it once with: login. Or set ${URL_VARIABLE} to the output ApiUrl of its stack, or start one here with: npm run local`,
  );
}

/** Whether it is a URL that a hub may have. */
export const isUrl = (text: string): boolean => Url.safeParse(text).success;
