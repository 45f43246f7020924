import cliProgress, { type Bar, type MultiBar } from 'cli-progress';
import { AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY } from '../../src/connectors/aws/categories.ts';
import { type Cell, isTerminal, RETIREMENT } from '../../src/runs/cell.ts';
import type { Screen } from '../terminal/screen.ts';

/** How far a scan is, account by account. */
export interface AccountsProgress {
  readonly planned: (cells: readonly Cell[]) => void;
  readonly began: (cell: Cell) => void;
  readonly ended: (cell: Cell) => void;
  readonly stop: () => void;
}

/** What is known of the cells of one account. */
class AccountCells {
  readonly all = new Set<string>();
  readonly done = new Set<string>();
  readonly at_work = new Map<string, string>();
  readonly incomplete = new Set<string>();

  get is_over(): boolean {
    return this.done.size === this.all.size;
  }

  get detail(): string {
    if (this.at_work.size > 0) return [...this.at_work.values()].toSorted().join(', ');
    if (this.incomplete.size > 0) return `not complete: ${[...this.incomplete].toSorted().join(', ')}`;
    return this.is_over ? 'complete' : '';
  }
}

/** Shows how far an account is. */
interface Shown {
  readonly update: (name: string, cells: AccountCells) => void;
  readonly stop: () => void;
}

/** A bar for each account on a terminal; elsewhere a line for each account that is done. */
export function accountsProgress(stream: NodeJS.WriteStream, screen: Screen): AccountsProgress {
  const accounts = new Map<string, AccountCells>();
  const shown = stream.isTTY ? bars(stream) : lines(screen);
  const change = (cell: Cell, apply: (cells: AccountCells) => void): void => {
    const name = nameOf(cell);
    const cells = accounts.get(name) ?? new AccountCells();
    accounts.set(name, cells);
    cells.all.add(cell._id);
    apply(cells);
    shown.update(name, cells);
  };
  const ended = (cell: Cell): void =>
    change(cell, (cells) => {
      cells.at_work.delete(cell._id);
      cells.done.add(cell._id);
      if (cell.status !== 'succeeded') cells.incomplete.add(cell.category);
    });
  return {
    planned: (cells) => {
      for (const cell of cells) if (isTerminal(cell.status)) ended(cell);
      // Those that are over from the beginning are told with the rest of their account.
      for (const cell of cells) if (!isTerminal(cell.status)) change(cell, () => undefined);
    },
    began: (cell) => change(cell, (cells) => cells.at_work.set(cell._id, cell.category)),
    ended,
    stop: () => shown.stop(),
  };
}

/** What is not about one account has a row of its own. */
function nameOf({ category, account_id }: Cell): string {
  if (category === AWS_DISCOVERY_CATEGORY) return 'organization';
  // Asked of every account before the rest of it is planned.
  if (category === AWS_REGIONS_CATEGORY) return 'regions';
  return category === RETIREMENT ? 'what is gone' : account_id;
}

/** Rows of the terminal that bars leave free. */
const FREE_ROWS = 3;

function bars(stream: NodeJS.WriteStream): Shown {
  const multi: MultiBar = new cliProgress.MultiBar(
    {
      format: '   {name} {bar} {value}/{total} cells  {detail}',
      barsize: 24,
      hideCursor: true,
      // Ctrl-C is ours: it ends the run, not the process.
      gracefulExit: false,
      stream,
    },
    cliProgress.Presets.shades_classic,
  );
  const made = new Map<string, Bar>();
  // What does not fit on the terminal has one bar together.
  const rest = new Map<string, AccountCells>();
  const most = Math.max(1, (stream.rows || 24) - FREE_ROWS);
  const barOf = (name: string): Bar => {
    const known = made.get(name);
    if (known) return known;
    const bar = multi.create(1, 0, { name: name.padEnd(12), detail: '' });
    made.set(name, bar);
    return bar;
  };
  return {
    update: (name, cells) => {
      if (made.has(name) || made.size < most - 1) {
        draw(barOf(name), cells.done.size, cells.all.size, cells.detail);
        return;
      }
      rest.set(name, cells);
      const all = [...rest.values()];
      const done = all.reduce((sum, one) => sum + one.done.size, 0);
      const total = all.reduce((sum, one) => sum + one.all.size, 0);
      const over = all.filter(({ is_over }) => is_over).length;
      draw(barOf('further'), done, total, `${over} of ${rest.size} further accounts`);
    },
    stop: () => multi.stop(),
  };
}

function draw(bar: Bar, done: number, total: number, detail: string): void {
  bar.setTotal(total);
  bar.update(done, { detail });
}

function lines(screen: Screen): Shown {
  const told = new Map<string, string>();
  return {
    update: (name, cells) => {
      if (!cells.is_over) return;
      const text = `   ${name}: ${cells.done.size}/${cells.all.size} cells  ${cells.detail}`;
      if (told.get(name) !== text) screen.line(text);
      told.set(name, text);
    },
    stop: () => undefined,
  };
}
