import { Command, CommanderError } from 'commander';
import { UsageError } from '../usage-error.ts';
import { positive } from './arguments.ts';
import { addAudit } from './audit.ts';
import { addCells } from './cells.ts';
import { type Cli, cliOf, type Surroundings } from './cli.ts';
import { addCorrelations } from './correlations.ts';
import { addDlq } from './dlq.ts';
import { addEntities } from './entities.ts';
import { EXIT } from './exit-code.ts';
import { addIdentities } from './identities.ts';
import { addInstances } from './instances.ts';
import { addLogin } from './login.ts';
import { addPaths } from './paths.ts';
import { addReports } from './reports.ts';
import { addRuns } from './runs.ts';
import { addScopes } from './scopes.ts';
import { addStitches } from './stitches.ts';
import { addWhoami } from './whoami.ts';

const MORE = `
Which hub, and as whom, is said by the first of these that says anything:
  THROUGHLINE_API_URL        output ApiUrl of the hub's stack, with
    THROUGHLINE_TOKEN          an access token, or
    THROUGHLINE_TOKEN_URL, THROUGHLINE_CLIENT_ID, THROUGHLINE_CLIENT_SECRET [, THROUGHLINE_AUDIENCE]
  the hub that "npm run local" keeps up in this checkout
  what "login" has kept

Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 done in part: a run is partial, some of what was sent was refused.
`;

/**
 * Runs the CLI. Returns its exit code.
 * @throws UsageError, ApiError or HubUnreachable, each of which says what to do.
 */
export async function throughline(args: readonly string[], surroundings: Surroundings): Promise<number> {
  // Asked before the arguments are understood: they may be what is wrong.
  const json = args.includes('--json');
  const { program, cli } = programOf(surroundings, json);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return cli.exit_code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that was asked for has been given.
    if (error.exitCode === 0) return EXIT.fine;
    // What is wrong with the arguments: Commander has said it already, unless it is to be told as JSON.
    if (json) throw new UsageError(said(error));
    return EXIT.usage;
  }
}

/** The program with every command, and what its commands work with. `quiet` where it is not to say itself what is wrong. */
export function programOf(surroundings: Surroundings, quiet = false): { readonly program: Command; readonly cli: Cli } {
  const { stdout, stderr } = surroundings;
  const program = new Command('throughline')
    .description('What a workload can reach, through which identities, and how we know.')
    .option('--json', 'the outcome as one JSON document on stdout, a failure as one on stderr')
    .option('--timeout <seconds>', 'how long one answer of the hub may take', positive, 30)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => quiet || stderr.write(text),
    })
    .showHelpAfterError('See --help.')
    .addHelpText('after', MORE)
    .exitOverride();
  const cli = cliOf(program, surroundings);
  // In the order of the flow; what is about the CLI itself last.
  addInstances(program, cli);
  addScopes(program, cli);
  addRuns(program, cli);
  addCells(program, cli);
  addEntities(program, cli);
  addStitches(program, cli);
  addCorrelations(program, cli);
  addIdentities(program, cli);
  addPaths(program, cli);
  addReports(program, cli);
  addAudit(program, cli);
  addDlq(program, cli);
  addLogin(program, cli, surroundings.env);
  addWhoami(program, cli, surroundings.env);
  return { program, cli };
}

/** Commander has no words of its own where a command is missing: it shows help. */
const said = ({ code, message }: CommanderError): string =>
  code === 'commander.help' ? 'which command? See --help.' : message.replace(/^error: /, '');
