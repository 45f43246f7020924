import { auditEntry, type OutboxEntry, SYSTEM_ACTOR } from '../control/audit.ts';
import { derivedId } from '../kernel/ids.ts';
import { isoTime } from '../kernel/time.ts';
import { type Cell, callsOf, RETIREMENT } from './cell.ts';
import { type Evidence, RUN_FINISHED, type RunError, type RunTotals, type ScanRun } from './run.ts';
import { estimatedCost, messagesOf } from './run-cost.ts';

/** What a closed run says of itself. */
export type RunOutcome = Required<
  Pick<
    ScanRun,
    'status' | 'totals' | 'evidence_completeness' | 'errors' | 'api_calls' | 'estimated_cost_usd' | 'finished_at'
  >
> &
  Pick<ScanRun, 'errors_omitted'> & { readonly outbox: readonly OutboxEntry[] };

const EVIDENCE: Readonly<Record<Cell['status'], Evidence>> = {
  waiting: 'not_attempted',
  running: 'not_attempted',
  succeeded: 'complete',
  partial: 'partial',
  failed: 'failed',
  cancelled: 'not_attempted',
  superseded: 'not_attempted',
};

/** What a cell is worth. What a later run of the instance has retired, an earlier one need not: nothing is missing then. */
const evidenceOf = ({ category, status }: Pick<Cell, 'category' | 'status'>): Evidence =>
  category === RETIREMENT && status === 'superseded' ? 'complete' : EVIDENCE[status];

/**
 * Rows of errors that a run keeps: at most half a megabyte, where a document may have sixteen and an answer of the API six.
 * What each cell met stays in the cell.
 */
export const MOST_ERRORS = 500;

/** The longest example of an error, in characters. */
const LONGEST_EXAMPLE = 500;

/** What the cells of a run come to, taken in one after the other: twelve thousand of them are never in memory at once. */
export class RunTally {
  readonly #by_status: Record<string, number> = {};
  readonly #evidence: Record<string, Evidence> = {};
  readonly #errors = new Map<string, RunError>();
  readonly #sums = { added: 0, changed: 0, removed: 0, unchanged: 0, observed: 0, errors: 0 };
  readonly #work = { messages: 0, seconds: 0, gb_seconds: 0 };
  #cells = 0;
  #complete = 0;
  #api_calls = 0;
  #wrote = false;
  #brought = false;

  add(cell: Cell): void {
    this.#cells += 1;
    this.#by_status[cell.status] = (this.#by_status[cell.status] ?? 0) + 1;
    const evidence = evidenceOf(cell);
    this.#evidence[cell.key] = evidence;
    if (evidence === 'complete') this.#complete += 1;
    this.#sums.added += cell.counts.added;
    this.#sums.changed += cell.counts.changed;
    this.#sums.removed += cell.counts.removed;
    this.#sums.unchanged += cell.counts.unchanged;
    this.#sums.observed += cell.observed;
    this.#work.messages += messagesOf(cell);
    this.#work.seconds += cell.worked?.seconds ?? 0;
    this.#work.gb_seconds += cell.worked?.gb_seconds ?? 0;
    this.#api_calls += callsOf(cell);
    this.#wrote ||= cell.wrote;
    // The cell that retires looks at nothing: it does not make up for cells that looked and brought nothing.
    this.#brought ||= cell.category !== RETIREMENT && (cell.status === 'succeeded' || cell.status === 'partial');
    for (const error of cell.errors) this.#addError(cell, error);
  }

  #addError(cell: Cell, error: Cell['errors'][number]): void {
    this.#sums.errors += error.count;
    const id = [error.code, cell.category, cell.account_id, cell.key].join('\u0000');
    const earlier = this.#errors.get(id);
    this.#errors.set(id, {
      code: error.code,
      service_category: cell.category,
      account_id: cell.account_id,
      count: (earlier?.count ?? 0) + error.count,
      example: earlier?.example ?? error.message.slice(0, LONGEST_EXAMPLE),
      remedy: earlier?.remedy ?? error.remedy,
      responsible: error.responsible,
    });
  }

  /** *succeeded* if every cell is complete, *failed* if none brought anything, else *partial*. */
  get status(): 'succeeded' | 'partial' | 'failed' {
    if (this.#cells > 0 && this.#complete === this.#cells) return 'succeeded';
    return this.#brought ? 'partial' : 'failed';
  }

  get wrote(): boolean {
    return this.#wrote;
  }

  facts(): Omit<RunOutcome, 'status' | 'finished_at' | 'outbox'> {
    const rows = [...this.#errors.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    const errors = ofEachCode(rows, MOST_ERRORS);
    const totals: RunTotals = { cells: this.#cells, cells_by_status: this.#by_status, ...this.#sums };
    return {
      totals,
      evidence_completeness: this.#evidence,
      errors,
      ...(errors.length < rows.length && { errors_omitted: rows.length - errors.length }),
      api_calls: this.#api_calls,
      estimated_cost_usd: estimatedCost(this.#work),
    };
  }
}

/** At most so many rows, in their order: of each code its fair share, so that a frequent one does not hide a rare one. */
function ofEachCode(rows: readonly RunError[], most: number): readonly RunError[] {
  if (rows.length <= most) return rows;
  const left = new Map<string, RunError[]>();
  for (const row of rows) {
    const of_code = left.get(row.code);
    if (of_code) of_code.push(row);
    else left.set(row.code, [row]);
  }
  const kept = new Set<RunError>();
  for (let place = 0; kept.size < most; place += 1) {
    for (const of_code of left.values()) {
      const row = of_code[place];
      if (row && kept.size < most) kept.add(row);
    }
  }
  return rows.filter((row) => kept.has(row));
}

/** The end of a run, from its cells. One that somebody cancelled is cancelled, whatever its cells had come to. */
export function runOutcome(run: ScanRun, cells: RunTally | Iterable<Cell>, now: Date): RunOutcome {
  const tally = cells instanceof RunTally ? cells : tallyOf(cells);
  const status = run.cancel ? 'cancelled' : tally.status;
  const at = isoTime(now);
  const tenancy = { tenant_id: run.tenant_id, workspace_id: run.workspace_id };
  // What is pushed is applied before there is a cell to tell of it.
  const wrote = tally.wrote || (status === 'cancelled' && run.trigger === 'push');
  return {
    status,
    ...tally.facts(),
    finished_at: at,
    outbox: [
      auditEntry({
        ...tenancy,
        actor: SYSTEM_ACTOR,
        action: 'scan_run.finished',
        target: run._id,
        at,
        request_id: run._id,
        details: { status },
      }),
      {
        id: derivedId(run.tenant_id, RUN_FINISHED, run._id),
        kind: 'signal',
        detail_type: RUN_FINISHED,
        detail: { ...tenancy, run_id: run._id, instance_id: run.instance_id, status, wrote },
      },
    ],
  };
}

function tallyOf(cells: Iterable<Cell>): RunTally {
  const tally = new RunTally();
  for (const cell of cells) tally.add(cell);
  return tally;
}
