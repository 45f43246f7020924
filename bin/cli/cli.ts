import type { Command } from 'commander';
import { ApiClient } from '../api-client.ts';
import { type Screen, screenOn } from '../terminal/screen.ts';
import { EXIT } from './exit-code.ts';
import { hubAccess } from './hub-access.ts';

/** What every command works with. */
export interface Cli {
  /** The hub's API. Throws UsageError where nothing says which hub. */
  api(): ApiClient;
  /** Milliseconds that one answer of the hub may take. */
  timeout(): number;
  /** Where what is still going on is told: stderr, so that stdout can be piped. */
  readonly aside: Screen;
  /** Tells the outcome on stdout: the hub's own words with `--json`, else as `inWords` puts it. */
  tell<T>(outcome: T, inWords: (outcome: T, screen: Screen) => void): void;
  /** How the command ends, unless it fails. */
  exit_code: number;
}

/** Where a command runs. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What may stand at every command. */
interface GlobalOptions {
  readonly json?: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** What the commands of a program work with. The program's options are read when a command runs. */
export function cliOf(program: Command, { env, stdout, stderr }: Surroundings): Cli {
  const aside = screenOn(stderr);
  const timeout = (): number => program.opts<GlobalOptions>().timeout * 1_000;
  return {
    timeout,
    api: () =>
      new ApiClient({
        ...hubAccess(env),
        timeout: timeout(),
        waiting: (seconds) => aside.note(`the hub asks to wait ${seconds} s`),
      }),
    aside,
    tell: (outcome, inWords) => {
      if (program.opts<GlobalOptions>().json) stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
      else inWords(outcome, screenOn(stdout));
    },
    exit_code: EXIT.fine,
  };
}
