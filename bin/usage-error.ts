import { Explained, type ToldError } from './explained.ts';

/** Whoever called must set or correct something first; the message says what. */
export class UsageError extends Explained {
  override readonly name = 'UsageError';

  get told(): ToldError {
    return { code: 'usage', detail: this.message };
  }
}
