/** A failure as `--json` tells it. */
export interface ToldError {
  /** Of the closed table in `src/kernel/failures.ts`, or `usage`, `hub_unreachable`, `gateway`, `aws`, `internal` where the CLI itself says so. */
  readonly code: string;
  /** Of the answer; absent where there was none. */
  readonly status?: number;
  readonly detail: string;
  readonly remedy?: string;
  readonly [more: string]: unknown;
}

/** A failure whose message says what happened and what to do. Anything else is a bug. */
export abstract class Explained extends Error {
  abstract readonly told: ToldError;
}
