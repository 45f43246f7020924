import { type ShownPath, shownPath } from '../../lambdas/api/answers/paths.ts';
import { type ShownRun, shownRun } from '../../lambdas/api/answers/scan-runs.ts';
import type { Tenancy } from '../../src/kernel/ids.ts';
import type { Cell } from '../../src/runs/cell.ts';
import type { StitchedPath } from '../../src/stitch/stitched-path.ts';
import { showList } from '../cli/list.ts';
import { PATH_COLUMNS } from '../cli/paths.ts';
import { showRunErrors } from '../cli/run-errors.ts';
import { showPath } from '../terminal/path-picture.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { CELL_HEAD, cellRows, RUN_HEAD, runRow } from '../terminal/watch-run.ts';
import type { Exported } from './export.ts';
import type { GivenUp } from './fifo-queue.ts';
import type { Finished } from './run-to-end.ts';

/** Where the data of a scan is. */
export interface Kept extends Tenancy {
  readonly where: string;
  /** Whether it is there when the command has ended. */
  readonly stays: boolean;
  readonly exported?: Exported & { readonly file: string };
}

/** What a scan came to, as `--json` tells it. */
export interface ScanOutcome {
  readonly run: ShownRun;
  readonly cells: readonly Cell[];
  readonly paths: readonly ShownPath[];
  readonly given_up: readonly GivenUp[];
  readonly seconds: number;
  readonly data: Kept;
}

export const outcomeOf = (finished: Finished, paths: readonly StitchedPath[], data: Kept): ScanOutcome => ({
  run: shownRun(finished.run),
  cells: finished.cells,
  paths: paths.map((path) => shownPath(path, new Map())),
  given_up: finished.given_up,
  seconds: finished.seconds,
  data,
});

/** Paths that are shown hop by hop; of more there is the list. */
const MOST_PICTURES = 5;

/** Shows what a scan came to: what was looked at, what could not be and what to do about it, what reaches what, where it is. */
export function showOutcome({ run, cells, paths, given_up, seconds, data }: ScanOutcome, screen: Screen): void {
  screen.chapter('What was looked at');
  screen.table(CELL_HEAD, cellRows(cells, new Map()));
  screen.line();
  screen.table(RUN_HEAD, [runRow({ run, seconds })]);

  screen.chapter('What could not be seen');
  if (run.errors.length === 0) screen.line('   nothing');
  showRunErrors(run.errors, screen);
  if (run.errors_omitted) screen.note(`and ${run.errors_omitted} further kinds of errors: see the cells in --json`);
  for (const { queue, message, reason } of given_up) {
    screen.verdict(false, plainText(`given up from the queue ${queue}: ${JSON.stringify(message)}: ${reason}`));
  }

  screen.chapter('What workloads can reach');
  showList(paths, PATH_COLUMNS, 'no path from a workload to a sensitive resource was found', screen);
  for (const path of picturesOf(paths)) {
    screen.line();
    showPath(path, new Map([[run._id, `#${run.seq}`]]), screen);
  }

  screen.chapter('Where it is');
  for (const line of whereLines(data)) screen.line(`   ${line}`);
}

/** Those that leave their account first: they are what nobody sees by looking at one account. */
const picturesOf = (paths: readonly ShownPath[]): readonly ShownPath[] =>
  [...paths]
    .sort((a, b) => Number(b.crosses_account_boundary) - Number(a.crosses_account_boundary))
    .slice(0, MOST_PICTURES);

function whereLines({ where, stays, exported, tenant_id }: Kept): readonly string[] {
  const lines = exported
    ? [`${exported.entities} entities, ${exported.edges} edges and ${exported.paths} paths in ${exported.file}`]
    : [];
  if (stays)
    return [...lines, `${where}: collections entities, edges, stitched_paths, scan_runs, of tenant_id "${tenant_id}"`];
  if (exported) return lines;
  return ['it was in memory and is gone: keep it with --out FILE, --keep or MONGODB_URI'];
}
