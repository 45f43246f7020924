/** By which a person or a script ends a scan. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One press of Ctrl-C comes more than once: from the terminal, and from whoever started us and passes it on. */
const ONE_PRESS = 500;

/** What Ctrl-C does: the first press what is said at the time, the second ends the process. */
export class Interruption {
  /** Whether there was one. */
  happened = false;
  #at = 0;
  #first: () => void;
  readonly #hear = (_signal: NodeJS.Signals, number: number): void => {
    const now = Date.now();
    if (this.happened && now - this.#at < ONE_PRESS) return;
    this.#at = now;
    const code = 128 + number;
    if (this.happened) process.exit(code);
    this.happened = true;
    process.exitCode = code;
    this.#first();
  };

  constructor() {
    this.#first = () => process.exit(130);
    for (const signal of SIGNALS) process.on(signal, this.#hear);
  }

  /** Says what the first press does from now on. */
  does(first: () => void): void {
    this.#first = first;
  }

  /** Resolves at the first press. */
  async waited(): Promise<void> {
    const still_there = setInterval(() => undefined, 1 << 30);
    await new Promise<void>((resolve) => this.does(resolve));
    clearInterval(still_there);
  }

  stop(): void {
    for (const signal of SIGNALS) process.removeListener(signal, this.#hear);
  }
}
