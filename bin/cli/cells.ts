import { type Command, Option } from 'commander';
import { CELL_STATUSES, type Cell, type CellStatus } from '../../src/runs/cell.ts';
import type { Screen } from '../terminal/screen.ts';
import { CELL_HEAD, cellRows } from '../terminal/watch-run.ts';
import { cellKey } from './arguments.ts';
import type { Cli } from './cli.ts';
import { showErrors } from './run-errors.ts';

/** `throughline cells`: the accounts by categories of a run. */
export function addCells(program: Command, cli: Cli): void {
  const cells = program.command('cells').description('the parts of a run: one account and one category each');

  cells
    .command('list')
    .description('the cells of a run, with what went wrong in them')
    .argument('<run_id>', 'the run')
    .addOption(new Option('--status <status>', 'only those').choices(CELL_STATUSES))
    .action(async (run_id: string, { status }: { status?: CellStatus }) => {
      cli.tell(await cli.api().listCells(run_id, status ? { status } : {}), showCells);
    });

  cells
    .command('release')
    .description('let a cell remove what it held back, once a person has seen that it is really gone')
    .argument('<run_id>', 'the run that says removal_held')
    .argument('<key>', '<category>:<account>', cellKey)
    .action(async (run_id: string, key: string) => {
      const answer = await cli.api().releaseCell(run_id, key);
      cli.tell(answer, (_, screen) =>
        screen.line(`   ${key} is released: what it held back is removed next. See: cells list ${run_id}`),
      );
    });
}

function showCells(cells: readonly Cell[], screen: Screen): void {
  if (cells.length === 0) {
    screen.line('   no such cells');
    return;
  }
  screen.table(CELL_HEAD, cellRows(cells, new Map()));
  const errors = cells.flatMap(({ key, errors }) =>
    errors.map((error) => ({ ...error, where: key, example: error.message })),
  );
  showErrors(errors, screen);
}
