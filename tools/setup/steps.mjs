import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findPython, hasMongo, OLDEST_PYTHON } from './prerequisites.mjs';

/**
 * @typedef {(name: string, command: string, args: string[], env?: Record<string, string>) => Promise<void>} Exec
 *   Runs a command; throws with the end of its output if it fails.
 * @typedef {{ title: string, isDone: () => boolean, run: (exec: Exec) => Promise<void> }} Step
 *   One part of the set-up. `isDone` is cheap and true only if `run` came to its end for what is pinned now.
 */

/**
 * The set-up that a target needs.
 * @param {string} checkout
 * @param {{ services: boolean, emulator?: boolean, tests: boolean }} needs Of the services all, or all but the emulator.
 * @returns {Step[]}
 */
export function setupSteps(checkout, { services, emulator = true, tests }) {
  const local = path.join(checkout, '.local');
  const steps = [npmStep(checkout, local)];
  if (services && emulator) steps.push(pythonStep(checkout, local, EMULATOR));
  if (services && tests) steps.push(pythonStep(checkout, local, SCHEMATHESIS));
  if (services && !hasMongo()) steps.push(mavenStep(checkout, local));
  return steps;
}

function npmStep(checkout, local) {
  // npm writes this file last, as its record of what is in node_modules.
  const record = path.join(checkout, 'node_modules/.package-lock.json');
  return {
    title: 'npm packages and Node 24',
    isDone: () => existsSync(path.join(checkout, 'node_modules/.bin/node')) && isInstalled(checkout, record),
    run: async (exec) => {
      // It might outlive the packages if npm is killed while it deletes them.
      rmSync(record, { force: true });
      await exec('npm', 'npm', [
        'ci',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        '--cache',
        path.join(local, 'npm'),
      ]);
    },
  };
}

/** Whether everything in the lock file is installed as pinned. An optional package may be for another platform. */
function isInstalled(checkout, record) {
  if (!existsSync(record)) return false;
  const installed = packagesOf(record);
  const wanted = Object.entries(packagesOf(path.join(checkout, 'package-lock.json')));
  return wanted.every(([name, { version, integrity, optional, link }]) => {
    if (name === '' || link || (optional && !installed[name])) return true;
    return installed[name]?.version === version && installed[name]?.integrity === integrity;
  });
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** What runs on Python. Each has a folder of its own: two tools may need one package in two versions. */
const EMULATOR = {
  name: 'python',
  what: 'the AWS emulator',
  pins: 'tools/local/requirements.txt',
  venv: 'venv',
  oldest: OLDEST_PYTHON.services,
};
const SCHEMATHESIS = {
  name: 'schemathesis',
  what: 'schemathesis, for tests',
  pins: 'test/e2e/requirements.txt',
  venv: 'schemathesis',
  oldest: OLDEST_PYTHON.tests,
};

function pythonStep(checkout, local, { name, what, pins, venv: folder, oldest }) {
  const requirements = path.join(checkout, pins);
  const venv = path.join(local, folder);
  const python = path.join(venv, 'bin/python');
  const stamp = stampOf(path.join(local, 'stamps', name), requirements);
  return {
    title: `Python packages (${what})`,
    // The link dangles when the host's Python has gone.
    isDone: () => existsSync(python) && stamp.isValid(),
    run: async (exec) => {
      stamp.clear();
      rmSync(venv, { recursive: true, force: true });
      await exec(name, findPython(oldest) ?? 'python3', ['-m', 'venv', venv]);
      const pip = ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--no-deps', '--requirement', requirements];
      await exec(`${name}-pip`, python, pip, { PIP_DISABLE_PIP_VERSION_CHECK: '1' });
      stamp.write();
    },
  };
}

function mavenStep(checkout, local) {
  const pom = path.join(checkout, 'tools/local/mongo/pom.xml');
  const jars = path.join(local, 'mongo/lib');
  const stamp = stampOf(path.join(local, 'stamps/maven'), pom);
  return {
    title: 'Java packages (the MongoDB server)',
    isDone: () => existsSync(jars) && stamp.isValid(),
    run: async (exec) => {
      stamp.clear();
      rmSync(jars, { recursive: true, force: true });
      const repository = `-Dmaven.repo.local=${path.join(local, 'maven')}`;
      const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
      // Java does not look at TMPDIR, and leaves a file for each process in /tmp.
      const options = [process.env.MAVEN_OPTS ?? '', '-XX:-UsePerfData', `-Djava.io.tmpdir=${path.join(local, 'tmp')}`];
      const env = { MAVEN_OPTS: options.join(' ').trim() };
      await exec('maven', 'mvn', ['--quiet', '--batch-mode', '--file', pom, repository, ...goal], env);
      stamp.write();
    },
  };
}

/** A file that says what was installed last, by the hash of what pins it. Written last, so that it never lies. */
function stampOf(stamp, pins) {
  const wanted = () => createHash('sha256').update(readFileSync(pins)).digest('hex');
  return {
    isValid: () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted(),
    clear: () => rmSync(stamp, { force: true }),
    write: () => {
      mkdirSync(path.dirname(stamp), { recursive: true });
      writeFileSync(stamp, wanted());
    },
  };
}
