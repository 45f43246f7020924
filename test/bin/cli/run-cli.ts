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

/** Nobody's home: what whoever runs the tests has logged in to is not theirs. */
const NOWHERE = path.resolve(import.meta.dirname, 'nobody');

/** What of our environment is the CLI's too: where compiled code is kept, so that each of its many processes starts sooner. */
const { NODE_COMPILE_CACHE } = process.env;
const COMPILED = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

/** Runs the CLI as somebody would, with nothing on a terminal; the environment names the hub unless it is overruled. */
export async function runCli(
  hub: Pick<FakeHub, 'url' | 'token'>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  interrupt?: { readonly when: string },
): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...COMPILED, HOME: NOWHERE, THROUGHLINE_API_URL: hub.url, THROUGHLINE_TOKEN: hub.token, ...env },
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

/** What a person types, and after which words on the screen. */
export interface Typing {
  readonly after: string;
  readonly type: string;
}

/** A terminal of 120 columns, between our pipes and the CLI. The tests of this repository need Python already. */
const TERMINAL = `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 120, 0, 0))
after, keys = os.environ.get('TYPE_AFTER', ''), os.environ.get('TYPE', '')
seen = b''
while True:
    try: some = os.read(fd, 65536)
    except OSError: break
    if not some: break
    seen += some
    os.write(1, some)
    if keys and after.encode() in seen: os.write(fd, keys.encode()); keys = ''
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** Runs the CLI on a terminal: stdin, stdout and stderr of it are one screen. */
export async function runCliAtTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  typing?: Typing,
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const child = spawn('python3', ['-c', TERMINAL, process.execPath, CLI, ...args], {
    env: {
      ...COMPILED,
      PATH: process.env.PATH,
      HOME: NOWHERE,
      TERM: 'xterm-256color',
      ...env,
      ...(typing && { TYPE_AFTER: typing.after, TYPE: typing.type }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [screen, code] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, screen: screen.join('') };
}
