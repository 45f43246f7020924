import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT, LOCAL, toolPath } from './checkout.ts';
import { type Child, isRunning, startChild } from './process.ts';

const RUNS = path.join(LOCAL, 'run');

/** One run of local services: a folder, and the processes that write into it. Both are gone when it is closed. */
export interface Run {
  /** `.local/run/<pid>-<n>` */
  readonly folder: string;
  /** The path of a file or folder inside `folder`. */
  file(...names: string[]): string;
  /** Starts a process on a leash, with an environment of its own: a PATH with the pinned tools first, TMPDIR and HOME. */
  start(name: string, command: string, args: readonly string[], options?: StartOptions): Child;
  /** Stops every process, then removes the folder. May be called twice. After it, `start` throws. */
  close(): Promise<void>;
}

/** What a process gets beyond the environment that every process of a run gets. */
export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Opens a run: removes what runs of dead processes left, makes a folder, and cleans up even if we end without `close`. */
export function openRun(): Run {
  mkdirSync(RUNS, { recursive: true });
  removeStaleRuns();
  const folder = makeFolder();
  const tmp = path.join(folder, 'tmp');
  mkdirSync(tmp);
  // Deployed code is unpacked in TMPDIR. As on AWS, it must not take its module type from the package around this folder.
  writeFileSync(path.join(folder, 'package.json'), '{}');
  const children = new Set<Child>();
  let closing: Promise<void> | undefined;

  const onExit = (): void => {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  };
  process.once('exit', onExit);

  const close = async (): Promise<void> => {
    await Promise.all([...children].map((child) => child.stop()));
    onExit();
    process.removeListener('exit', onExit);
  };

  return {
    folder,
    file: (...names) => path.join(folder, ...names),
    start: (name, command, args, options = {}) => {
      if (closing) throw new Error(`${name} is not started: the run is closing`);
      const child = startChild({
        name,
        command,
        args,
        cwd: options.cwd ?? CHECKOUT,
        env: { PATH: toolPath(), LANG: 'C.UTF-8', HOME: folder, TMPDIR: tmp, ...options.env },
        log: path.join(folder, `${name}.log`),
      });
      children.add(child);
      void child.exited.then(() => children.delete(child));
      return child;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function makeFolder(): string {
  for (let n = 1; ; n += 1) {
    const folder = path.join(RUNS, `${process.pid}-${n}`);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function removeStaleRuns(): void {
  for (const name of readdirSync(RUNS)) {
    const pid = Number(name.split('-')[0]);
    if (!isRunning(pid)) rmSync(path.join(RUNS, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }
}
