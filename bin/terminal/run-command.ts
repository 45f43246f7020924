import { inspect } from 'node:util';
import { ApiError, HubUnreachable } from '../api-client.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Runs a command to its exit code. What explains itself is told in its own words and ends with 1 (2 for wrong usage); anything
 * else is a bug and is shown with its stack.
 */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    const explains = error instanceof UsageError || error instanceof ApiError || error instanceof HubUnreachable;
    process.stderr.write(`${explains ? error.message : inspect(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
