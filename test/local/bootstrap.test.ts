import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CHECKOUT } from '../../tools/local/checkout.ts';

// A checkout with this repository's tools, a package lock of one package, and an `npm` that installs it in an instant.
const NPM = `#!/bin/sh
[ "$1" = --version ] && exit 0
echo "$*" >>"$NPM_CALLS"
mkdir -p node_modules/.bin
ln -sf "$REAL_NODE" node_modules/.bin/node
sleep "\${NPM_SECONDS:-0}"
cp package-lock.json node_modules/.package-lock.json
exit "\${NPM_EXIT:-0}"
`;

let checkout: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  checkout = mkdtempSync(path.join(tmpdir(), 'bootstrap-'));
  cpSync(path.join(CHECKOUT, 'tools'), path.join(checkout, 'tools'), { recursive: true });
  writeFileSync(
    path.join(checkout, 'target.ts'),
    'const args: string[] = process.argv.slice(2);\nconsole.log(args, process.env.TMPDIR);\n',
  );
  pin('1.0.0');
  const bin = path.join(checkout, 'bin');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'npm'), NPM);
  chmodSync(path.join(bin, 'npm'), 0o755);
  const node = path.join(CHECKOUT, 'node_modules/.bin/node');
  env = { PATH: `${bin}:/usr/bin:/bin`, NPM_CALLS: path.join(checkout, 'npm-calls'), REAL_NODE: node };
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

describe('the set-up', () => {
  test('is done when something is pinned anew, and only then', async () => {
    const first = await run(['target.ts', 'one', '--two']);
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining("[ 'one', '--two' ]") });
    expect(first.err).toMatch(/^set-up: npm packages and Node 24 \.\.\.\n.*: done in [\d.]+ s\n$/);
    expect((await run(['target.ts'])).err).toBe('');
    pin('1.0.1');
    await run(['target.ts']);
    expect(npmCalls()).toHaveLength(2);
  });

  test('keeps what npm caches inside the checkout', async () => {
    await run(['target.ts']);
    expect(npmCalls()[0]).toContain(`--cache ${path.join(checkout, '.local/npm')}`);
  });

  test('that fails says so with the end of its output, and the target does not run', async () => {
    const { code, out, err } = await run(['target.ts'], { NPM_EXIT: '7' });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('npm ci --no-audit --no-fund ... ended with code 7');
  });

  test('that was killed is repaired by the next run, which takes the lock of the dead over', async () => {
    const killed = start(['target.ts'], { NPM_SECONDS: '60' });
    await expect.poll(() => existsSync(path.join(checkout, 'npm-calls')), { timeout: 5_000 }).toBe(true);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(existsSync(path.join(checkout, '.local/setup.lock'))).toBe(true);
    const next = await run(['target.ts']);
    expect(next.code).toBe(0);
    expect(npmCalls()).toHaveLength(2);
    expect(existsSync(path.join(checkout, '.local/setup.lock'))).toBe(false);
  });

  test('that is interrupted ends with what it started and gives the lock back', async () => {
    const interrupted = start(['target.ts'], { NPM_SECONDS: '60' });
    await expect.poll(() => existsSync(path.join(checkout, 'npm-calls')), { timeout: 5_000 }).toBe(true);
    interrupted.kill('SIGINT');
    const [code] = await once(interrupted, 'exit');
    expect(code).toBe(130);
    expect(existsSync(path.join(checkout, '.local/setup.lock'))).toBe(false);
    expect(existsSync(path.join(checkout, 'node_modules/.package-lock.json'))).toBe(false);
  });

  test('is done once by two at the same time; the second says whom it waits for', async () => {
    const first = start(['target.ts'], { NPM_SECONDS: '1' });
    await expect.poll(() => existsSync(path.join(checkout, 'npm-calls')), { timeout: 5_000 }).toBe(true);
    const second = await run(['target.ts']);
    expect(second.code).toBe(0);
    expect(second.err).toContain(`waiting for the set-up that process ${first.pid} is doing`);
    expect(npmCalls()).toHaveLength(1);
  });
});

describe('the target', () => {
  test('gives its exit code on, and gets temporary files of its own that go with it', async () => {
    writeFileSync(path.join(checkout, 'target.ts'), 'console.log(process.env.TMPDIR); process.exit(42);\n');
    const { code, out } = await run(['target.ts']);
    expect(code).toBe(42);
    expect(out).toContain(path.join(checkout, '.local/tmp'));
    expect(existsSync(out.trim())).toBe(false);
  });

  test('gets the signals', async () => {
    const script = "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log('up');\n";
    writeFileSync(path.join(checkout, 'target.ts'), script);
    const child = start(['target.ts']);
    if (child.stdout) await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(5);
  });
});

test('everything that is missing is said at once, with how to get it', async () => {
  const sh = path.join(checkout, 'only-sh');
  mkdirSync(sh);
  const { code, err } = await run(['--setup-only'], { PATH: sh }, []);
  expect(code).toBe(1);
  for (const what of ['npm', 'Python 3.11', 'Java 17', 'Maven']) expect(err).toContain(`- ${what}`);
  expect(err).toContain('sudo apt-get install maven');
  expect(err).toContain('brew install maven');
});

test('without services, neither Python nor Java is asked for', async () => {
  const { err } = await run(['--setup-only'], { PATH: path.join(checkout, 'nothing') });
  expect(err).toContain('- npm');
  expect(err).not.toContain('Python');
  expect(err).not.toContain('Java');
});

function pin(version: string): void {
  const lock = { packages: { '': {}, 'node_modules/one': { version, integrity: `sha512-${version}` } } };
  writeFileSync(path.join(checkout, 'package-lock.json'), JSON.stringify(lock));
}

function npmCalls(): string[] {
  return readFileSync(path.join(checkout, 'npm-calls'), 'utf8').trimEnd().split('\n');
}

function start(args: string[], more: NodeJS.ProcessEnv = {}, flags = ['--no-services']): ChildProcess {
  const script = path.join(checkout, 'tools/run.mjs');
  return spawn(process.execPath, [script, ...flags, ...args], {
    cwd: tmpdir(),
    env: { ...env, ...more },
    stdio: 'pipe',
  });
}

async function run(
  args: string[],
  more: NodeJS.ProcessEnv = {},
  flags?: string[],
): Promise<{ code: number; out: string; err: string }> {
  const child = start(args, more, flags);
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code: Number(code), out, err };
}
