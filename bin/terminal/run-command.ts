import { inspect } from 'node:util';
import { ApiError, HubUnreachable, type ToldError } from '../api-error.ts';
import { AwsFailure } from '../dead-letters/aws-failure.ts';
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

const inWords = (error: unknown): string => (explains(error) ? error.message : inspect(error));

/** Failures whose message says what happened and what to do. */
const EXPLAINED = [UsageError, ApiError, HubUnreachable, AwsFailure];

const explains = (error: unknown): error is Error => EXPLAINED.some((kind) => error instanceof kind);

function toldError(error: unknown): ToldError {
  if (error instanceof ApiError) return error.told;
  if (error instanceof UsageError) return { code: 'usage', detail: error.message };
  if (error instanceof HubUnreachable) return { code: 'hub_unreachable', detail: error.message };
  if (error instanceof AwsFailure) return { code: 'aws', detail: error.message };
  return { code: 'internal', detail: error instanceof Error ? error.message : String(error), stack: inspect(error) };
}
