import { spawn } from 'node:child_process';
import path from 'node:path';
import type { FakeHub } from './fake-hub.ts';

const CLI = path.resolve(import.meta.dirname, '../../../bin/cli.ts');

/** What a command left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI as somebody would, with nothing on a terminal; the environment names the hub unless it is overruled. */
export async function runCli(
  hub: Pick<FakeHub, 'url' | 'token'>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  interrupt?: { readonly when: string },
): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { THROUGHLINE_API_URL: hub.url, THROUGHLINE_TOKEN: hub.token, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // As Ctrl-C does, once stderr has told so much.
  if (interrupt) child.stderr.on('data', (told: string) => told.includes(interrupt.when) && child.kill('SIGINT'));
  const [stdout, stderr, code] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}
