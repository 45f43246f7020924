import { setTimeout as sleep } from 'node:timers/promises';
import type { ShownRun, WatchedRun } from '../../lambdas/api/answers/scan-runs.ts';
import type { Cell } from '../../src/runs/cell.ts';
import type { ApiClient } from '../api-client.ts';
import type { Screen } from './screen.ts';
import type { Row } from './table.ts';

/** A run that is over, and its cells. */
export interface Scanned {
  readonly run: WatchedRun;
  readonly cells: readonly Cell[];
  /** From the request to the end, as the caller sees it. */
  readonly seconds: number;
}

/** Starts a run and watches it to its end, with a bar. */
export async function scan(api: ApiClient, scope_id: string, screen: Screen): Promise<Scanned> {
  const from = performance.now();
  const { _id } = await api.startRun(scope_id);
  const progress = screen.progress('scanning');
  try {
    const run = await api.untilOver(_id, ({ status, progress: { planned, done, total } }) =>
      progress.update(done, Math.max(total, 1), planned ? status : 'finding accounts'),
    );
    const seconds = (performance.now() - from) / 1000;
    return { run, cells: await api.listCells(_id), seconds };
  } finally {
    progress.stop();
  }
}

/** Waits for a stitch that began after `since` (ISO time) and is over; false if there is none after `timeout_s` seconds. */
export async function untilStitched(api: ApiClient, since: string, timeout_s = 90): Promise<boolean> {
  for (const deadline = Date.now() + timeout_s * 1_000; Date.now() < deadline; await sleep(250)) {
    if ((await api.listStitchRuns(20)).some(({ started_at }) => started_at >= since)) return true;
  }
  return false;
}

/** The head of the table of cells. */
export const CELL_HEAD: Row = ['account', 'category', 'status', 'seen', 'added', 'changed', 'removed', 'calls'];

/** The cells of a run, by account and category. `names` tells whose account it is. */
export const cellRows = (cells: readonly Cell[], names: ReadonlyMap<string, string>): readonly Row[] =>
  cells
    .map((cell) => [
      names.get(cell.account_id) ?? cell.account_id,
      cell.category,
      cell.status,
      String(cell.observed),
      String(cell.counts.added),
      String(cell.counts.changed),
      String(cell.counts.removed),
      String(cell.api_calls),
    ])
    .sort((a, b) => (a.join() < b.join() ? -1 : 1));

/** The head of the table of runs. */
export const RUN_HEAD: Row = ['run', 'status', 'cells', 'seen', 'added', 'changed', 'removed', 'calls', 'seconds'];

/** A run as a row of a table. */
export const runRow = ({ run, seconds }: Pick<Scanned, 'seconds'> & { readonly run: ShownRun }): Row => [
  `#${run.seq}`,
  run.status,
  String(run.totals?.cells ?? 0),
  String(run.totals?.observed ?? 0),
  String(run.totals?.added ?? 0),
  String(run.totals?.changed ?? 0),
  String(run.totals?.removed ?? 0),
  String(run.api_calls),
  seconds.toFixed(1),
];
