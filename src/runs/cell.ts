import type { CoverageRow } from '../connectors/connector.ts';
import type { ChangeCounts } from '../inventory/counts.ts';
import type { ErrorCode } from '../kernel/failures.ts';
import type { AccountId, Tenancy } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';

export const CELL_STATUSES = [
  'waiting',
  'running',
  'succeeded',
  'partial',
  'failed',
  'cancelled',
  'superseded',
] as const;
export type CellStatus = (typeof CELL_STATUSES)[number];

/**
 * Which status may follow which: a cell whose worker is gone, or that goes on in a further part, waits again. A cell that is
 * over stays as it is. The planner writes cells that need no look at all as over from the beginning.
 */
export const NEXT_CELL_STATUS: Readonly<Record<CellStatus, readonly CellStatus[]>> = {
  waiting: ['running', 'cancelled'],
  running: ['waiting', 'succeeded', 'partial', 'failed', 'cancelled', 'superseded'],
  succeeded: [],
  partial: [],
  failed: [],
  cancelled: [],
  superseded: [],
};

export const isTerminal = (status: CellStatus): boolean => NEXT_CELL_STATUS[status].length === 0;

/** The statuses of a cell that is not over. */
export const OPEN_CELL_STATUSES: readonly CellStatus[] = CELL_STATUSES.filter((status) => !isTerminal(status));

/** From which statuses a cell may get into this one. */
export const cellStatusesBefore = (next: CellStatus): readonly CellStatus[] =>
  CELL_STATUSES.filter((status) => NEXT_CELL_STATUS[status].includes(next));

/** What went wrong in a cell, ready to be acted on. */
export interface CellError {
  readonly code: ErrorCode;
  readonly collector?: string;
  readonly region?: string;
  readonly action?: string;
  readonly item?: string;
  readonly message: string;
  readonly remedy: string;
  readonly responsible: string;
  /** How often it happened; only the first items are kept. */
  readonly count: number;
}

/** Why a task is not complete. */
export type Flaw = Pick<CoverageRow, 'code'> & { readonly status: 'denied' | 'failed' };

/** Where the next part of a cell begins: a task of the category, a checkpoint inside it, and what went wrong in it before. */
export interface CellCursor {
  readonly task: number;
  readonly token?: string;
  readonly flaw?: Flaw;
}

/** How far a part has come that is being worked on. */
export interface UnderWay {
  readonly api_calls: number;
  readonly observed: number;
}

/** Time of workers, in seconds, and memory x time, in GB-seconds: what Lambda is paid by. */
export interface Worked {
  readonly seconds: number;
  readonly gb_seconds: number;
}

/** One account x one category of a run. */
export interface Cell extends Tenancy {
  readonly _id: string;
  readonly run_id: string;
  readonly run_seq: number;
  readonly instance_id: string;
  /** `<category>:<account_id>`: one colon, the evidence key. */
  readonly key: string;
  readonly category: string;
  readonly account_id: AccountId;
  readonly regions: readonly string[];
  readonly lane: number;
  readonly status: CellStatus;
  /** Times a worker took up this part. */
  readonly attempt: number;
  readonly part: number;
  readonly cursor?: CellCursor;
  /** Times its message was sent: part of the deduplication id, so that a re-send is never swallowed. */
  readonly send_no: number;
  readonly sent_at?: IsoTime;
  readonly owner?: string;
  /** Until when the owner may be believed alive. */
  readonly lease_until?: IsoTime;
  readonly coverage: readonly CoverageRow[];
  readonly counts: ChangeCounts;
  /** Whether any document of the inventory was changed by it. */
  readonly wrote: boolean;
  /** Observations that it brought. */
  readonly observed: number;
  readonly errors: readonly CellError[];
  /** Calls made to the source in the parts that have ended, and by workers that died. */
  readonly api_calls: number;
  /** What the part under way has come to, as of the last beat of its lease; of a cell that was cancelled, where its worker was then. */
  readonly under_way?: UnderWay;
  /** What the workers of its ended parts took. */
  readonly worked?: Worked;
  /** A person's word that a held removal is right, and what came of it. */
  readonly release?: {
    readonly requested_by: string;
    readonly requested_at: IsoTime;
    readonly done_at?: IsoTime;
    readonly removed?: number;
  };
  readonly started_at?: IsoTime;
  readonly finished_at?: IsoTime;
}

/** The category of the cell that retires what no scope plans any more; no connector has it. */
export const RETIREMENT = 'retirement';

/** Calls made for a cell so far, those of the part under way included. */
export const callsOf = (cell: Pick<Cell, 'api_calls' | 'under_way'>): number =>
  cell.api_calls + (cell.under_way?.api_calls ?? 0);

export const cellKey = (category: string, account_id: AccountId): string => `${category}:${account_id}`;
export const cellId = (run_id: string, key: string): string => `${run_id}/${key}`;

/** Cells of one account that may be in flight at once: more, and AWS throttles what others in the account do. */
export const LANES = 2;

/** The FIFO message group: cells of one group run one after the other. */
export const messageGroup = (cell: Pick<Cell, 'tenant_id' | 'account_id' | 'lane'>): string =>
  `${cell.tenant_id}/${cell.account_id}#${cell.lane}`;

/** The FIFO deduplication id. */
export const deduplicationId = (cell: Pick<Cell, '_id' | 'part' | 'send_no'>): string =>
  `${cell._id}#${cell.part}#${cell.send_no}`;

/** How a cell ended, from how far each of its tasks got. */
export function cellOutcome(coverage: readonly CoverageRow[], observed: number): 'succeeded' | 'partial' | 'failed' {
  const fine = coverage.filter((row) => row.status === 'complete' || row.status === 'skipped').length;
  if (fine === coverage.length) return 'succeeded';
  return fine > 0 || observed > 0 ? 'partial' : 'failed';
}
