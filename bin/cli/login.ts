import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { ApiClient } from '../api-client.ts';
import { tokensOf } from '../credentials.ts';
import { askSecret } from '../terminal/ask-secret.ts';
import { UsageError } from '../usage-error.ts';
import type { Cli } from './cli.ts';
import { readLocalHub } from './local-hub.ts';
import { forgetLogin, loginFile, type StoredLogin, storeLogin } from './stored-login.ts';
import { identityOf, showIdentity } from './whoami.ts';

interface LoginOptions {
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecretFile?: string;
  readonly audience?: string;
}

/** The secret, where neither a file nor a person at a terminal gives it. */
const SECRET_VARIABLE = 'THROUGHLINE_CLIENT_SECRET';

/** `throughline login`, `logout`: which hub, and as whom, from now on. */
export function addLogin(program: Command, cli: Cli, env: NodeJS.ProcessEnv): void {
  program
    .command('login')
    .description('remember a hub and a client that may ask for tokens; both are tried first')
    .requiredOption('--api-url <url>', "output ApiUrl of the hub's stack", safeUrl)
    .requiredOption('--token-url <url>', "the token endpoint of the hub's issuer", safeUrl)
    .requiredOption('--client-id <id>', 'the client')
    .option('--client-secret-file <path>', `its secret; else ${SECRET_VARIABLE}, else it is asked for`)
    .option('--audience <name>', 'for issuers that want it in the request')
    .action(async (options: LoginOptions) => {
      const login: StoredLogin = {
        api_url: options.apiUrl,
        token_url: options.tokenUrl,
        client_id: options.clientId,
        client_secret: await secretFrom(options, env),
        ...(options.audience !== undefined && { audience: options.audience }),
      };
      const token = tokensOf(login);
      const identity = identityOf({ url: login.api_url, token, from: 'login' }, await token());
      await new ApiClient({ url: login.api_url, token, timeout: cli.timeout() }).knock();
      const file = loginFile(env);
      storeLogin(file, login);
      cli.tell(identity, showIdentity);
      cli.aside.note(`kept in ${file}, for you alone. Forget it with: logout`);
      const before = env.THROUGHLINE_API_URL
        ? 'THROUGHLINE_API_URL is set'
        : readLocalHub() && 'a local hub runs in this checkout';
      if (before) cli.aside.note(`${before} and goes before this login`);
    });

  program
    .command('logout')
    .description('forget what login has kept')
    .action(() => {
      const forgotten = forgetLogin(loginFile(env));
      cli.tell({ forgotten }, (_, screen) => screen.line(forgotten ? '   forgotten' : '   nothing was kept'));
    });
}

/** A secret may travel over https, or not leave the machine. */
function safeUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const stays = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '');
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && stays)) {
    throw new InvalidArgumentError('It must be an https URL (http only on this machine).');
  }
  if (url.username || url.password) throw new InvalidArgumentError('It must hold no credentials.');
  return text.replace(/\/$/, '');
}

async function secretFrom({ clientSecretFile }: LoginOptions, env: NodeJS.ProcessEnv): Promise<string> {
  if (clientSecretFile !== undefined) return fromFile(clientSecretFile);
  const given = env[SECRET_VARIABLE];
  if (given) return given;
  if (!process.stdin.isTTY) {
    throw new UsageError(
      `the client secret is missing: give --client-secret-file, set ${SECRET_VARIABLE}, or call login at a terminal`,
    );
  }
  const typed = await askSecret('client secret: ', process.stdin, process.stderr);
  if (!typed) throw new UsageError('the client secret is missing: nothing was typed');
  return typed;
}

function fromFile(file: string): string {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new UsageError(`cannot read the client secret: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  if (!secret) throw new UsageError(`cannot read the client secret: ${file} is empty`);
  return secret;
}
