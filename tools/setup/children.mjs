import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LEASH = path.join(import.meta.dirname, '../local/leash.sh');
const groups = new Set();

process.once('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
});

/**
 * Runs a command of the set-up that cannot outlive us (see tools/local/leash.sh), with its output in a file.
 * @param {{ command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, log: string }} options
 * @returns {Promise<void>}
 */
export async function runToEnd({ command, args, cwd, env, log }) {
  mkdirSync(path.dirname(log), { recursive: true });
  const out = openSync(log, 'w');
  const child = spawn('/bin/sh', [LEASH, command, ...args], { cwd, env, detached: true, stdio: ['pipe', out, out] });
  closeSync(out);
  groups.add(child.pid);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  signalGroup(child.pid, 'SIGKILL');
  groups.delete(child.pid);
  if (code === 0) return;
  throw new Error(
    `${command} ${args.slice(0, 3).join(' ')} ... ended with code ${code}; it printed (${log}):\n${excerpt(log)}`,
  );
}

/** The first and the last lines: some tools say what is wrong first, and then explain themselves. */
function excerpt(file) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return (lines.length <= 30 ? lines : [...lines.slice(0, 15), '[...]', ...lines.slice(-15)]).join('\n');
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}
