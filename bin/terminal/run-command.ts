import { inspect } from 'node:util';
import { Explained, type ToldError } from '../explained.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Runs a command to its exit code. What explains itself is told in its own words and ends with 1 (2 for wrong usage); anything
 * else is a bug and is shown with its stack. As JSON it is one document on stderr: `{"error": {"code", "detail", ...}}`.
 */
export async function runCommand(command: () => Promise<number>, { json = false } = {}): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    process.stderr.write(`${json ? JSON.stringify({ error: toldError(error) }, undefined, 2) : inWords(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

const inWords = (error: unknown): string => (error instanceof Explained ? error.message : inspect(error));

const toldError = (error: unknown): ToldError =>
  error instanceof Explained
    ? error.told
    : { code: 'internal', detail: error instanceof Error ? error.message : String(error), stack: inspect(error) };
