import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { parsedJson } from '../parsed-json.ts';
import { UsageError } from '../usage-error.ts';

/** What `login` keeps: which hub, and a client that may ask for tokens. No token: that one is asked for each time. */
const StoredLogin = z.object({
  api_url: z.url(),
  token_url: z.url(),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  audience: z.string().min(1).optional(),
});
export type StoredLogin = z.infer<typeof StoredLogin>;

/** Readable by whoever it belongs to, and by nobody else. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** `$XDG_CONFIG_HOME/throughline/login.json`. https://specifications.freedesktop.org/basedir-spec/latest/ */
export function loginFile(env: NodeJS.ProcessEnv): string {
  const { XDG_CONFIG_HOME: given } = env;
  // A relative one is to be ignored, says the specification.
  const folder = given && path.isAbsolute(given) ? given : path.join(env.HOME || homedir(), '.config');
  return path.join(folder, 'throughline/login.json');
}

/**
 * The login that is kept; undefined where there is none.
 * @throws UsageError where others may read it, or where it is not ours.
 */
export function readLogin(file: string): StoredLogin | undefined {
  let text: string;
  try {
    const others = statSync(file).mode & 0o077;
    if (others !== 0) {
      throw new UsageError(`others may read ${file}: make it yours alone with chmod 600, and renew the client secret`);
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = StoredLogin.safeParse(parsedJson(text));
  if (!parsed.success) throw new UsageError(`${file} is not what login writes: run login again, or logout`);
  return parsed.data;
}

/** Keeps a login, in one step: whoever is interrupted has the former one. */
export function storeLogin(file: string, login: StoredLogin): void {
  const draft = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(login, undefined, 2)}\n`, { mode: PRIVATE_FILE, flag: 'wx' });
  // The mode above is subject to the umask, which may only take away; this one is not.
  chmodSync(draft, PRIVATE_FILE);
  renameSync(draft, file);
}

/** Forgets the login. Returns whether there was one. */
export function forgetLogin(file: string): boolean {
  try {
    rmSync(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
