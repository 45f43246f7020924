import type { CollectorTask, CoverageRow } from '../connectors/connector.ts';
import { isRefusal } from '../connectors/run-collector.ts';
import type { Applied } from '../inventory/apply.ts';
import { addCounts, type ChangeCounts, NO_CHANGES } from '../inventory/counts.ts';
import type { DropCounts } from '../inventory/drop-claims.ts';
import type { Removal } from '../inventory/removal.ts';
import type { AppError } from '../kernel/failures.ts';
import type { Gap } from '../observations/observation.ts';
import { type Cell, type CellError, cellOutcome, type Flaw, RETIREMENT } from './cell.ts';
import { addError, cellError, gapError } from './cell-errors.ts';

/** What a worker may change of the cell that it holds. */
export type CellProgress = Pick<Cell, 'coverage' | 'counts' | 'wrote' | 'observed' | 'errors' | 'api_calls' | 'worked'>;

/** A failure is worse than a refusal, and either is worse than having looked. */
const isWorse = (flaw: Flaw, { status }: Pick<CoverageRow, 'status'>): boolean =>
  status === 'complete' || status === 'skipped' || (status === 'denied' && flaw.status === 'failed');

/** What a cell has come to so far, over all its parts. */
export class Progress {
  coverage: readonly CoverageRow[];
  readonly #cell: Cell;
  #counts: ChangeCounts;
  #errors: readonly CellError[];
  #observed: number;
  #wrote: boolean;
  #held = false;
  #flaw: Flaw | undefined;

  constructor(cell: Cell) {
    this.#cell = cell;
    this.coverage = cell.coverage;
    this.#counts = cell.counts;
    this.#errors = cell.errors;
    this.#observed = cell.observed;
    // What a killed attempt wrote is not in the counts: say that something was written, rather than miss a stitch.
    this.#wrote = cell.wrote || cell.attempt > 1;
  }

  /** The flaw that a resumed task brings along from its earlier part. */
  resume(flaw: Flaw | undefined): void {
    this.#flaw = flaw;
  }

  get flaw(): Flaw | undefined {
    return this.#flaw;
  }

  gap(gap: Gap, task: CollectorTask): void {
    const flaw: Flaw = { status: isRefusal(gap.code) ? 'denied' : 'failed', code: gap.code };
    if (!this.#flaw || isWorse(flaw, this.#flaw)) this.#flaw = flaw;
    this.#errors = addError(this.#errors, gapError(gap, task, this.#cell.account_id));
  }

  /** Observations of this part so far. */
  get brought(): number {
    return this.#observed - this.#cell.observed;
  }

  /** These tasks are not looked at, or not any further: the flaw of the first is part of that. */
  /** A later run has begun with this cell. Of a retirement nothing is missing then, of anything else this run's own look is. */
  superseded(): void {
    if (this.#cell.category === RETIREMENT) return;
    const message = `a later run of this instance has begun with ${this.#cell.key}`;
    this.#errors = addError(this.#errors, cellError('superseded', message, {}));
  }

  refuse(tasks: readonly CollectorTask[], error: AppError): void {
    this.coverage = [
      ...this.coverage,
      ...tasks.map((task) => ({ ...task, status: 'failed' as const, code: error.code })),
    ];
    this.#flaw = undefined;
    this.#errors = addError(
      this.#errors,
      cellError(error.code, error.message, { account_id: this.#cell.account_id, ...error.details }),
    );
  }

  /** A task is over. One that met a gap, in this part or an earlier one, is as bad as its worst gap, whatever it says of its last part. */
  covered({ collector, region, ...row }: CoverageRow): void {
    const flaw = this.#flaw && isWorse(this.#flaw, row) ? this.#flaw : undefined;
    this.coverage = [...this.coverage, { collector, region, ...(flaw ?? row) }];
    this.#flaw = undefined;
  }

  applied(applied: Applied): void {
    this.#counts = addCounts(this.#counts, applied.counts);
    this.#observed += applied.observed;
    this.#wrote ||= applied.wrote;
  }

  /** Claims went: some documents with them, some are still claimed by others. */
  dropped({ removed, changed }: DropCounts): void {
    this.#counts = addCounts(this.#counts, { ...NO_CHANGES, removed, changed });
    this.#wrote ||= removed + changed > 0;
  }

  removed(removal: Removal): void {
    this.dropped(removal);
    this.#wrote ||= removal.wrote;
    if (!removal.held) return;
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
    return {
      coverage: this.coverage,
      counts: this.#counts,
      wrote: this.#wrote,
      observed: this.#observed,
      errors: this.#errors,
      api_calls: this.#cell.api_calls + calls,
    };
  }
}
