/** Whoever called must set or correct something first; the message says what. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
