// Runs a target of this repository after whatever set-up it still needs:
//
//   node tools/run.mjs [--no-services | --no-emulator] <entry.ts | command in node_modules/.bin> [args...]
//   node tools/run.mjs [--no-services | --no-emulator] --setup-only
//
// Plain JavaScript without dependencies, since it runs in a fresh clone on the host's own Node. Everything that it fetches
// goes into this checkout: node_modules and .local. `--no-services` is for targets that start no local services: then
// neither Python nor Java is asked for. `--no-emulator` is for those that start a MongoDB alone: no Python is asked for.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from './setup/children.mjs';
import { withLock } from './setup/lock.mjs';
import { missingPrerequisites } from './setup/prerequisites.mjs';
import { setupSteps } from './setup/steps.mjs';

const CHECKOUT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const LOCAL = path.join(CHECKOUT, '.local');
const BIN = path.join(CHECKOUT, 'node_modules/.bin');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const say = (line) => process.stderr.write(`${line}\n`);

/** The flags before the target, the target, and what is for the target. */
function parse(argv) {
  const needs = { services: true, emulator: true, tests: false };
  let setupOnly = false;
  const rest = [...argv];
  while (rest[0]?.startsWith('--')) {
    const flag = rest.shift();
    if (flag === '--no-services') needs.services = false;
    else if (flag === '--no-emulator') needs.emulator = false;
    else if (flag === '--setup-only') setupOnly = true;
    else usage(`unknown flag ${flag}`);
  }
  if (!setupOnly && rest.length === 0) usage('what is to be run is missing');
  needs.tests = setupOnly || rest[0] === 'vitest';
  return { needs, setupOnly, target: rest[0], args: rest.slice(1) };
}

function usage(problem) {
  say(
    `${problem}\nusage: node tools/run.mjs [--no-services | --no-emulator] (--setup-only | <entry.ts | command> [args...])`,
  );
  process.exit(2);
}

async function setUp(needs) {
  const steps = setupSteps(CHECKOUT, needs);
  if (steps.every((step) => step.isDone())) return;
  refuseWithout(missingPrerequisites(needs));
  mkdirSync(LOCAL, { recursive: true });
  await withLock(path.join(LOCAL, 'setup.lock'), say, async () => {
    const tmp = path.join(LOCAL, 'tmp');
    mkdirSync(tmp, { recursive: true });
    const exec = (name, command, args, env) =>
      runToEnd({
        command,
        args,
        cwd: CHECKOUT,
        env: { ...process.env, TMPDIR: tmp, ...env },
        log: path.join(LOCAL, `setup-${name}.log`),
      });
    // Asked again: whoever held the lock before us may have done it.
    await Promise.all(steps.filter((step) => !step.isDone()).map((step) => timed(step, exec)));
  });
}

async function timed(step, exec) {
  const from = Date.now();
  say(`set-up: ${step.title} ...`);
  await step.run(exec);
  say(`set-up: ${step.title}: done in ${((Date.now() - from) / 1000).toFixed(1)} s`);
}

function refuseWithout(missing) {
  if (missing.length === 0) return;
  say('This machine lacks:');
  for (const { what, debian, macos } of missing)
    say(`  - ${what}\n      Debian, Ubuntu: ${debian}\n      macOS: ${macos}`);
  process.exit(1);
}

/**
 * Runs the target with the pinned tools first on the PATH; its temporary files stay in the checkout and go with it. What one
 * of its processes has compiled is among them: the next one that loads the same code need not.
 */
function start(target, args) {
  const tmp = openTmp();
  const isScript = /\.[mc]?[jt]s$/.test(target);
  const command = path.join(BIN, isScript ? 'node' : target);
  const env = {
    ...process.env,
    PATH: `${BIN}${path.delimiter}${process.env.PATH ?? ''}`,
    TMPDIR: tmp,
    NODE_COMPILE_CACHE: path.join(tmp, 'compiled'),
  };
  const child = spawn(command, isScript ? [path.resolve(CHECKOUT, target), ...args] : args, { stdio: 'inherit', env });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    say(`cannot run ${target}: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function openTmp() {
  const root = path.join(LOCAL, 'tmp');
  mkdirSync(root, { recursive: true });
  for (const name of readdirSync(root)) {
    if (/^\d+$/.test(name) && !isRunning(Number(name))) rmSync(path.join(root, name), { recursive: true, force: true });
  }
  const tmp = path.join(root, `${process.pid}`);
  mkdirSync(tmp, { recursive: true });
  process.once('exit', () => {
    try {
      // A grandchild that is just ending may still put into it what it compiled.
      rmSync(tmp, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    } catch {
      // The next run removes it. How the target ended is what counts.
    }
  });
  return tmp;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

const { needs, setupOnly, target, args } = parse(process.argv.slice(2));
// Until the target runs there is nobody to forward a signal to: exit handlers end what the set-up started.
const leave = (signal) => process.exit(128 + constants.signals[signal]);
for (const signal of SIGNALS) process.on(signal, leave);
try {
  await setUp(needs);
} catch (error) {
  say(`set-up failed: ${error.message}`);
  process.exit(1);
}
for (const signal of SIGNALS) process.removeListener(signal, leave);
if (!setupOnly) start(target, args);
