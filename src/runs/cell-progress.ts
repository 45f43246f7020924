import type { CollectorTask, CoverageRow } from '../connectors/connector.ts';
import type { AppError } from '../kernel/failures.ts';
import type { Gap } from '../observations/observation.ts';
import { type Cell, type CellError, type ChangeCounts, cellOutcome, type Flaw } from './cell.ts';
import { addError, cellError, gapError } from './cell-errors.ts';

/** What a worker may change of the cell that it holds. */
export type CellProgress = Pick<Cell, 'coverage' | 'counts' | 'wrote' | 'observed' | 'errors' | 'api_calls'>;

/** How removing what was not seen again went. */
export type RemovalResult =
  | { readonly held: false; readonly removed: number }
  | { readonly held: true; readonly would_remove: number; readonly holds: number };

/** What a cell has come to so far, over all its parts. */
export class Progress {
  coverage: readonly CoverageRow[];
  readonly #cell: Cell;
  #counts: ChangeCounts;
  #errors: readonly CellError[];
  #observed: number;
  #held = false;
  #flaw: Flaw | undefined;

  constructor(cell: Cell) {
    this.#cell = cell;
    this.coverage = cell.coverage;
    this.#counts = cell.counts;
    this.#errors = cell.errors;
    this.#observed = cell.observed;
  }

  /** The flaw that a resumed task brings along from its earlier part. */
  resume(flaw: Flaw | undefined): void {
    this.#flaw = flaw;
  }

  get flaw(): Flaw | undefined {
    return this.#flaw;
  }

  gap(gap: Gap, task: CollectorTask): void {
    this.#flaw ??= { status: gap.code === 'access_denied' ? 'denied' : 'failed', code: gap.code };
    this.#errors = addError(this.#errors, gapError(gap, task, this.#cell.account_id));
  }

  refuse(tasks: readonly CollectorTask[], error: AppError): void {
    this.coverage = [
      ...this.coverage,
      ...tasks.map((task) => ({ ...task, status: 'failed' as const, code: error.code })),
    ];
    this.#errors = addError(
      this.#errors,
      cellError(error.code, error.message, { account_id: this.#cell.account_id, ...error.details }),
    );
  }

  /** A task is over. One that met a gap, in this part or an earlier one, is not complete, whatever it says of its last part. */
  covered(row: CoverageRow): void {
    this.coverage = [...this.coverage, row.status === 'complete' && this.#flaw ? { ...row, ...this.#flaw } : row];
    this.#flaw = undefined;
  }

  observed(count: number): void {
    this.#observed += count;
  }

  applied(counts: ChangeCounts): void {
    this.#counts = {
      added: this.#counts.added + counts.added,
      changed: this.#counts.changed + counts.changed,
      removed: this.#counts.removed + counts.removed,
      unchanged: this.#counts.unchanged + counts.unchanged,
    };
  }

  removed(removal: RemovalResult): void {
    if (!removal.held) {
      this.applied({ added: 0, changed: 0, removed: removal.removed, unchanged: 0 });
      return;
    }
    this.#held = true;
    const message = `${removal.would_remove} of ${removal.holds} would be removed`;
    this.#errors = addError(
      this.#errors,
      cellError('removal_held', message, { run_id: this.#cell.run_id, key: this.#cell.key }),
    );
  }

  outcome(): 'succeeded' | 'partial' | 'failed' {
    const outcome = cellOutcome(this.coverage, this.#observed);
    return this.#held && outcome === 'succeeded' ? 'partial' : outcome;
  }

  result(calls: number): CellProgress {
    const { added, changed, removed } = this.#counts;
    return {
      coverage: this.coverage,
      counts: this.#counts,
      // What a killed attempt wrote is not in the counts: say that something was written, rather than miss a stitch.
      wrote: this.#cell.wrote || this.#cell.attempt > 1 || added + changed + removed > 0,
      observed: this.#observed,
      errors: this.#errors,
      api_calls: this.#cell.api_calls + calls,
    };
  }
}
