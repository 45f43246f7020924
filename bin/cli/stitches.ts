import type { Command } from 'commander';
import type { ShownStitchRun } from '../../lambdas/api/answers/stitch-runs.ts';
import type { Screen } from '../terminal/screen.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { type Columns, showList } from './list.ts';

/** `throughline stitches`: when paths were computed, and what that changed. */
export function addStitches(program: Command, cli: Cli): void {
  program
    .command('stitches')
    .description('when paths were computed, and what that changed')
    .command('list')
    .description('the newest first')
    .option('--limit <number>', 'how many', positive, 20)
    .action(async ({ limit }: { limit: number }) => {
      cli.tell(await cli.api().listStitchRuns(limit), showStitches);
    });
}

function showStitches(stitches: readonly ShownStitchRun[], screen: Screen): void {
  showList(stitches, COLUMNS, 'no stitches yet. One follows each run that brought something', screen);
  for (const problem of stitches[0]?.problems ?? []) screen.note(problem);
}

const COLUMNS: Columns<ShownStitchRun> = [
  ['started', ({ started_at }) => started_at],
  ['generation', ({ generation }) => String(generation)],
  ['outcome', ({ outcome }) => outcome],
  ['entities', ({ counts }) => String(counts.entities)],
  ['edges', ({ counts }) => String(counts.edges)],
  ['paths added', ({ counts }) => String(counts.paths.added)],
  ['changed', ({ counts }) => String(counts.paths.changed)],
  ['removed', ({ counts }) => String(counts.paths.removed)],
  ['same', ({ counts }) => String(counts.paths.unchanged)],
  ['ms', ({ started_at, finished_at }) => String(Date.parse(finished_at) - Date.parse(started_at))],
];
