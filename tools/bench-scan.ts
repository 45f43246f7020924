/**
 * What a scan of the MediaPro estate asks AWS: `npm run bench:scan`. Scans the estate twice on the emulator, as `npm run
 * scan` does, and counts calls by category and action. Fails where a call is made twice with the same parameters within a
 * run (but for the sessions, of which each cell has its own), or where the second scan writes to the inventory.
 */

import { openDatabase } from '../bin/scan/database.ts';
import { screenOn } from '../bin/terminal/screen.ts';
import { type MeasuredScan, measuredScan } from './bench/measured-scan.ts';
import { setScanStage } from './bench/scan-stage.ts';

const screen = screenOn(process.stdout);

function show({ finished, calls, written }: MeasuredScan, title: string): void {
  const { run, seconds } = finished;
  screen.chapter(
    `${title}: run ${run.status}, ${run.totals?.cells} cells, ${run.api_calls} calls, ${written} documents of the inventory written, ${seconds.toFixed(1)} s`,
  );
  const by_category = Map.groupBy(calls.rows(), ({ category }) => category);
  screen.table(
    ['category', 'actions', 'calls', 'of which sts'],
    [...by_category].map(([category, rows]) => {
      const sum = (some: typeof rows): string => String(some.reduce((total, row) => total + row.calls, 0));
      return [category, String(rows.length), sum(rows), sum(rows.filter(({ action }) => action.startsWith('sts:')))];
    }),
  );
}

const stage = await setScanStage();
try {
  // The connector's clients take the address from the environment, as a process of the caller's would.
  Object.assign(process.env, stage.env);
  const database = await openDatabase(process.env);
  try {
    const first = await measuredScan(stage, database.db);
    show(first, 'The first scan');
    screen.line();
    screen.table(
      ['category', 'action', 'calls'],
      first.calls.rows().map(({ category, action, calls }) => [category, action, String(calls)]),
    );
    const second = await measuredScan(stage, database.db);
    show(second, 'The second scan, nothing having changed');
    screen.line();
    for (const { code, service_category, account_id, example } of first.finished.run.errors) {
      screen.note(`${code} in ${service_category}:${account_id}: ${example}`);
    }
    const repeated = [...first.calls.repeated(), ...second.calls.repeated()];
    for (const { action, account_id, region, input, calls, categories } of repeated) {
      screen.note(`${calls} times in ${account_id} ${region} by ${categories.join(', ')}: ${action} ${input}`);
    }
    screen.verdict(repeated.length === 0, 'no call is made twice with the same parameters within a run');
    screen.verdict(second.written === 0, 'the second scan writes nothing to the inventory');
    process.exitCode = repeated.length === 0 && second.written === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
} finally {
  await stage.stop();
}
