import { Command, CommanderError } from 'commander';
import { addCells } from './cells.ts';
import { cliOf, type Surroundings } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { addInstances } from './instances.ts';
import { addPaths } from './paths.ts';
import { addRuns } from './runs.ts';
import { addScopes } from './scopes.ts';
import { addStitches } from './stitches.ts';

const MORE = `
Which hub, and as whom:
  THROUGHLINE_API_URL        output ApiUrl of the hub's stack
  THROUGHLINE_TOKEN          an access token, or
  THROUGHLINE_TOKEN_URL, THROUGHLINE_CLIENT_ID, THROUGHLINE_CLIENT_SECRET [, THROUGHLINE_AUDIENCE]
  Without any of them: the hub that "npm run local" keeps up in this checkout.

Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 the run that was waited for is partial.
`;

/**
 * Runs the CLI. Returns its exit code.
 * @throws UsageError, ApiError or HubUnreachable, each of which says what to do.
 */
export async function throughline(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const program = new Command('throughline')
    .description('What a workload can reach, through which identities, and how we know.')
    .option('--json', 'the outcome as one JSON document on stdout')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
    })
    .showHelpAfterError('See --help.')
    .addHelpText('after', MORE)
    .exitOverride();
  const cli = cliOf(program, surroundings);
  // In the order of the flow.
  addInstances(program, cli);
  addScopes(program, cli);
  addRuns(program, cli);
  addCells(program, cli);
  addStitches(program, cli);
  addPaths(program, cli);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return cli.exit_code;
  } catch (error) {
    // Commander has said it already: help that was asked for, or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    throw error;
  }
}
