import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LEASH = path.join(import.meta.dirname, 'leash.sh');

/** How a process ended: its exit code, or null if a signal ended it. */
export interface Exit {
  readonly code: number | null;
}

/** A running process that cannot outlive us. */
export interface Child {
  readonly name: string;
  /** Also the id of its process group. */
  readonly pid: number;
  /** Where its stdout and stderr go. */
  readonly log: string;
  readonly exited: Promise<Exit>;
  /** The last lines of its log. */
  tail(lines?: number): string;
  /** SIGTERM to its whole process group, SIGKILL after the grace. Resolves when all of it is gone. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL to its whole process group, at once and synchronously: for exit handlers. */
  kill(): void;
}

/** What a process is started with. `env` is its whole environment: nothing is inherited. */
export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly log: string;
}

/**
 * Starts a process on a leash (see leash.sh): it dies with us however we die, together with everything it started.
 * Throws if it cannot be started at all; a command that is not there shows as exit code 127.
 */
export function startChild(options: ChildOptions): Child {
  const log = openSync(options.log, 'a');
  const leash = spawn('/bin/sh', [LEASH, options.command, ...options.args], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const { pid } = leash;
  if (pid === undefined) throw new Error(`cannot start ${options.name}: /bin/sh did not start`);
  // A leash that ended breaks the pipe; that it ended is told by `exited`.
  leash.stdin?.on('error', () => {});
  const exited = exitOf(leash, pid);
  return {
    name: options.name,
    pid,
    log: options.log,
    exited,
    tail: (lines = 20) => tailOf(options.log, lines),
    stop: async (graceMs = 3_000) => {
      signalGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
    kill: () => signalGroup(pid, 'SIGKILL'),
  };
}

/**
 * Waits until `probe` answers true, asking every 50 ms.
 * @throws if the process ends before, or after `timeoutMs`; the message ends with the last lines of its log.
 */
export async function untilReady(child: Child, probe: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let ended: Exit | undefined;
  void child.exited.then((exit) => {
    ended = exit;
  });
  while (!(await probe())) {
    if (ended) throw new Error(`${child.name} ended with code ${ended.code} while starting:\n${child.tail()}`);
    if (Date.now() > deadline)
      throw new Error(`${child.name} did not answer within ${timeoutMs / 1000} s:\n${child.tail()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a process with this id is running. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function exitOf(leash: ChildProcess, pid: number): Promise<Exit> {
  return new Promise((resolve) => {
    leash.once('exit', (code) => {
      // The command is gone; what it left behind in its group goes as well.
      signalGroup(pid, 'SIGKILL');
      resolve({ code });
    });
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: all of it is gone. macOS says EPERM when only zombies are left.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}

function tailOf(file: string, lines: number): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
