import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listen } from '../../../tools/local/ports.ts';
import { aCell, anEndedRun, aPath, aScope, aWatchedRun } from './documents.ts';
import { type FakeHub, type Known, startFakeHub } from './fake-hub.ts';
import { runCli, runCliAtTerminal } from './run-cli.ts';

// Each test starts the CLI as a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const ESCAPE = '\u001b';
const CLI = path.resolve(import.meta.dirname, '../../../bin/cli.ts');

let hub: FakeHub | undefined;
let server: Server | undefined;

afterEach(async () => {
  await hub?.stop();
  server?.closeAllConnections();
  server?.close();
  hub = undefined;
  server = undefined;
});

async function atTerminal(known: Known, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  hub = await startFakeHub(known);
  return runCliAtTerminal(args, { THROUGHLINE_API_URL: hub.url, THROUGHLINE_TOKEN: hub.token, ...env });
}

describe('on a terminal', () => {
  const watched: Known = { scopes: [aScope()], looks: [aWatchedRun(0), aWatchedRun(1), anEndedRun('partial')] };

  it('a run that is waited for has a bar that moves in its place, and the exit code is the same', async () => {
    const { code, screen } = await atTerminal(watched, ['runs', 'start', 's-1', '--wait']);
    expect(code).toBe(3);
    expect(screen).toMatch(/scanning [█░]+ 2\/2 cells/);
    expect(screen).not.toContain('scanning: ');
    // The cursor is given back.
    expect(screen.lastIndexOf(`${ESCAPE}[?25h`)).toBeGreaterThan(screen.lastIndexOf(`${ESCAPE}[?25l`));
  });

  it('statuses have colours, and not with NO_COLOR', async () => {
    const known = { cells: [aCell()] };
    expect((await atTerminal(known, ['cells', 'list', 'r-1'])).screen).toContain(`${ESCAPE}[32msucceeded`);
    await hub?.stop();
    const { screen } = await atTerminal(known, ['cells', 'list', 'r-1'], { NO_COLOR: '1' });
    expect(screen).toContain('succeeded');
    expect(screen).not.toContain(ESCAPE);
  });

  it('--json has none', async () => {
    const { screen } = await atTerminal({ cells: [aCell()] }, ['cells', 'list', 'r-1', '--json']);
    expect(screen).not.toContain(ESCAPE);
  });
});

describe('in a pipe', () => {
  it('whose reader has seen enough there is no stack trace', async () => {
    const paths = Array.from({ length: 400 }, (_, n) => aPath({ _id: String(n).padStart(64, '0') }));
    hub = await startFakeHub({ paths });
    const command = `"${process.execPath}" "${CLI}" paths list --json | head -n 1`;
    const child = spawn('sh', ['-c', command], {
      env: { PATH: process.env.PATH, THROUGHLINE_API_URL: hub.url, THROUGHLINE_TOKEN: hub.token },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = await Promise.all([
      child.stdout.setEncoding('utf8').toArray(),
      child.stderr.setEncoding('utf8').toArray(),
    ]);
    expect({ stdout: stdout.join(''), stderr: stderr.join('') }).toEqual({ stdout: '[\n', stderr: '' });
  });
});

describe('a server that is no hub', () => {
  const outcomeOf = async (answer: (write: (text: string) => void, end: () => void) => void, ...more: string[]) => {
    server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      answer(
        (text) => response.write(text),
        () => response.end(),
      );
    });
    const url = `http://127.0.0.1:${await listen(server)}`;
    return runCli({ url, token: 't' }, ['runs', 'list', ...more]);
  };

  it('and answers with a page ends with 1', async () => {
    const { code, stderr } = await outcomeOf((write, end) => {
      write('<html>');
      end();
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Is the URL that of the hub?') });
  });

  it('and never ends ends with 1 as well, in time', async () => {
    const from = performance.now();
    const { code, stderr } = await outcomeOf((write) => write('['), '--timeout', '1');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('not complete after 1 s') });
    expect(performance.now() - from).toBeLessThan(10_000);
  });

  it('and sends without measure ends with 1 as well, in little memory', async () => {
    const { code, stderr } = await outcomeOf((write, end) => {
      for (let n = 0; n < 20; n += 1) write(' '.repeat(1 << 20));
      end();
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('more than 16 MB') });
  });
});
