import { Explained, type ToldError } from '../explained.ts';

/** AWS refused, or did not answer; the message says which call and what it said. */
export class AwsFailure extends Explained {
  override readonly name = 'AwsFailure';

  get told(): ToldError {
    return { code: 'aws', detail: this.message };
  }
}

/** Does a call to AWS. @throws AwsFailure in the words of AWS, with what the call was for. */
export async function asking<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new AwsFailure(`${what}: ${said}`, { cause });
  }
}
