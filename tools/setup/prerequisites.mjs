import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {{ what: string, debian: string, macos: string }} Missing Something the host lacks, and how to get it.
 */

const PYTHONS = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
// Debian ships venv apart from Python: without ensurepip a virtual environment has no pip.
const probe = (minor) => `import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, ${minor}) else 1)`;

/** Python 3.10 runs the emulator, 3.11 the tests' schemathesis. */
export const OLDEST_PYTHON = { services: 10, tests: 11 };

/** The first Python of at least 3.`minor` that can make virtual environments, or undefined. */
export const findPython = (minor) => PYTHONS.find((python) => outputOf(python, ['-c', probe(minor)]) !== undefined);

/** Whether a MongoDB server is there without Java: the one that MONGODB_URI names, or a `mongod` on the PATH. */
export const hasMongo = () => Boolean(process.env.MONGODB_URI) || isOnPath('mongod');

/**
 * Everything that the host lacks, so that it can be said at once.
 * @param {{ services: boolean, emulator?: boolean, tests: boolean }} needs Of the services all, or all but the emulator.
 * @returns {Missing[]}
 */
export function missingPrerequisites({ services, emulator = true, tests }) {
  const missing = [];
  if (Number(process.versions.node.split('.')[0]) < 20) {
    missing.push({
      what: `Node.js 20 or newer (this is ${process.versions.node})`,
      debian: 'see https://nodejs.org/en/download (Debian 13: sudo apt-get install nodejs)',
      macos: 'brew install node',
    });
  }
  if (outputOf('npm', ['--version']) === undefined) {
    missing.push({ what: 'npm', debian: 'sudo apt-get install npm', macos: 'brew install node' });
  }
  if (services) missing.push(...missingForServices(emulator, OLDEST_PYTHON[tests ? 'tests' : 'services']));
  return missing;
}

/** @returns {Missing[]} */
function missingForServices(emulator, oldestPython) {
  const missing = [];
  if (emulator && !findPython(oldestPython)) {
    missing.push({
      what: `Python 3.${oldestPython} or newer with venv (for the local AWS emulator)`,
      debian: 'sudo apt-get install python3 python3-venv',
      macos: 'brew install python',
    });
  }
  if (hasMongo()) return missing;
  const instead = 'for the local MongoDB; not needed with a mongod on the PATH or with MONGODB_URI';
  if (javaVersion() < 17) {
    missing.push({
      what: `Java 17 or newer (${instead})`,
      debian: 'sudo apt-get install openjdk-17-jdk-headless',
      macos: 'brew install openjdk@17, and put its bin folder on the PATH',
    });
  }
  if (outputOf('mvn', ['--version']) === undefined) {
    missing.push({ what: `Maven (${instead})`, debian: 'sudo apt-get install maven', macos: 'brew install maven' });
  }
  return missing;
}

/** Java's major version, or 0. The launcher is run from its source, which takes a JDK, so it is the compiler that is asked. */
function javaVersion() {
  const version = outputOf('java', ['-version']);
  const compiler = outputOf('java', ['--list-modules']) ?? '';
  if (!compiler.includes('jdk.compiler')) return 0;
  return Number(/version "(\d+)/.exec(version ?? '')?.[1] ?? 0);
}

/** What a command prints on stdout and stderr, or undefined if it is not there or fails. */
function outputOf(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  return status === 0 ? `${stdout}${stderr}` : undefined;
}

function isOnPath(command) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
