import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What a function's process is told. */
export type FunctionOrder =
  | { readonly kind: 'invoke'; readonly id: number; readonly event: unknown }
  /** How far its clock is ahead, in milliseconds. */
  | { readonly kind: 'clock'; readonly ahead: number };

/** What it says: with id 0 that it has loaded its code. */
export interface FunctionAnswer {
  readonly id: number;
  readonly answer?: unknown;
  readonly failure?: string;
}

/** What came of an invocation. A function that was killed says nothing any more. */
export type Invoked =
  | { readonly outcome: 'answered'; readonly answer: unknown }
  | { readonly outcome: 'failed'; readonly failure: string }
  | { readonly outcome: 'killed' };

export interface FunctionOptions {
  /** The file that its handler is in. */
  readonly bundle: string;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly log: string;
  /** How far its clock is ahead, in milliseconds. */
  readonly ahead: number;
}

const CHILD = path.join(import.meta.dirname, 'function-child.ts');

/** A warm instance of a function: the code that is deployed, in a process that can be killed. */
export class FunctionProcess {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #waiting = new Map<number, (came: Invoked) => void>();
  readonly #exited: Promise<void>;
  #last = 0;
  /** The signal that ended it. */
  ended_by: NodeJS.Signals | undefined;

  private constructor({ bundle, env, log, ahead }: FunctionOptions) {
    const output = openSync(log, 'a');
    this.#log = log;
    this.#child = fork(CHILD, [bundle], { env, stdio: ['ignore', output, output, 'ipc'], execArgv: [] });
    closeSync(output);
    this.#child.on('message', (said: FunctionAnswer) => this.#heard(said));
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (_code, signal) => {
        this.ended_by = signal ?? undefined;
        for (const tell of this.#waiting.values()) tell({ outcome: 'killed' });
        this.#waiting.clear();
        resolve();
      });
    });
    this.ahead(ahead);
  }

  /** Starts one and waits until its code is loaded. */
  static async start(options: FunctionOptions): Promise<FunctionProcess> {
    const started = new FunctionProcess(options);
    const came = await new Promise<Invoked>((resolve) => started.#waiting.set(0, resolve));
    if (came.outcome !== 'answered') throw new Error(`${options.bundle} did not load:\n${started.log()}`);
    return started;
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the function did not start');
    return pid;
  }

  get is_alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Everything that it has printed. */
  log(): string {
    return readFileSync(this.#log, 'utf8');
  }

  invoke(event: unknown): Promise<Invoked> {
    if (!this.is_alive) return Promise.resolve({ outcome: 'killed' });
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#tell({ kind: 'invoke', id, event });
    });
  }

  /** Sets how far its clock is ahead, in milliseconds. */
  ahead(ahead: number): void {
    if (this.is_alive) this.#tell({ kind: 'clock', ahead });
  }

  /** SIGKILL, by its id; it is gone when this returns. */
  async kill(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await this.#exited;
  }

  /** Ends it if it is still there. */
  async stop(): Promise<void> {
    if (this.is_alive) await this.kill();
  }

  #tell(order: FunctionOrder): void {
    // One that has just died is noticed by its exit.
    this.#child.send(order, () => undefined);
  }

  #heard({ id, answer, failure }: FunctionAnswer): void {
    this.#waiting.get(id)?.(failure === undefined ? { outcome: 'answered', answer } : { outcome: 'failed', failure });
    this.#waiting.delete(id);
  }
}
