import type { ErrorCode } from '../../src/kernel/failures.ts';
import { Explained, type ToldError } from '../explained.ts';

/** The scan cannot begin, or not go on; the message says what to do. */
export class ScanFailure extends Explained {
  override readonly name = 'ScanFailure';
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, what: string, remedy: string, cause?: unknown) {
    super(`${what}\nWhat to do: ${remedy}`, { cause });
    this.code = code;
    this.remedy = remedy;
  }

  get told(): ToldError {
    return { code: this.code, detail: this.message.split('\nWhat to do: ')[0] ?? '', remedy: this.remedy };
  }
}
