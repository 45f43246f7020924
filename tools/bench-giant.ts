/**
 * What a giant account costs the small ones beside it, and the collector that looks at it: `npm run bench:giant [-- --roles
 * 20000 --small 10 --memory 512 --json]`. Seeds the accounts in the emulated organization and scans their IAM: the small ones
 * alone, then with the giant, then both once more. The giant's cell is worked on by a collector in a process of its own,
 * started as Lambda starts a function of so much memory (0: with no limit). Fails where that needs 256 MB, where the giant's
 * cell is not more than one part, where the small accounts take more than twice as long beside the giant, where a role is
 * missing, or where a scan of what has not changed writes to the inventory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { screenOn } from '../bin/terminal/screen.ts';
import { bundledWorker } from './bench/giant-elsewhere.ts';
import { seedGiant } from './bench/giant-estate.ts';
import { type GiantScan, giantScans } from './bench/giant-scans.ts';
import { setScanStage } from './bench/scan-stage.ts';

const MOST_MB = 256;
/** Times as long as alone that the slowest small account may take. */
const MOST_SLOWER = 2;

const { values } = parseArgs({
  options: {
    roles: { type: 'string', default: '20000' },
    small: { type: 'string', default: '10' },
    memory: { type: 'string', default: '512' },
    json: { type: 'boolean', default: false },
  },
});
const roles = Number(values.roles);
const memory_mb = Number(values.memory) || undefined;
const screen = screenOn(values.json ? process.stderr : process.stdout);

const folder = mkdtempSync(path.join(tmpdir(), 'giant-'));
const worker = bundledWorker(folder);
const stage = await setScanStage();
try {
  // The connector's clients take the address from the environment, as a process of the caller's would.
  Object.assign(process.env, stage.env);
  const estate = await seedGiant(stage, { roles, small: Number(values.small) });
  const scans = await giantScans(stage, estate, { worker, memory_mb });
  show(scans.first, 'The first scan: everything is written');
  show(scans.second, 'The second scan: nothing has changed');
  if (values.json) process.stdout.write(`${JSON.stringify(scans, undefined, 2)}\n`);
  const verdicts = [
    ...judged(scans.first, 'first scan'),
    ...judged(scans.second, 'second scan'),
    [scans.roles === roles, `${scans.roles} of ${roles} roles of the giant are in the database`] as const,
    [scans.second.written === 0, 'the second scan writes nothing to the inventory'] as const,
  ];
  screen.line();
  for (const [good, text] of verdicts) screen.verdict(good, text);
  process.exitCode = verdicts.every(([good]) => good) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  await stage.stop();
}

function show({ small, giant, written }: GiantScan, title: string): void {
  screen.chapter(title);
  screen.table(
    ['small account', 'alone', 'beside the giant'],
    small.map(({ account_id, alone, beside }) => [account_id, `${alone.toFixed(2)} s`, `${beside.toFixed(2)} s`]),
  );
  screen.line();
  screen.table(
    ['the giant', ''],
    [
      ['observations', String(giant.observed)],
      ['parts', String(giant.parts)],
      ['time', `${giant.seconds.toFixed(1)} s`],
      ['processor time', `${giant.cpu_seconds.toFixed(1)} s`],
      ['peak memory', `${giant.peak_mb.toFixed(0)} MB`],
      ['documents of the inventory written', String(written)],
    ],
  );
}

function judged({ small, giant }: GiantScan, name: string): readonly (readonly [boolean, string])[] {
  const slowest = (of: 'alone' | 'beside'): number => Math.max(...small.map((times) => times[of]));
  const [alone, beside] = [slowest('alone'), slowest('beside')];
  return [
    [giant.parts > 1, `${name}: the cell of the giant has ${giant.parts} parts`],
    [giant.peak_mb < MOST_MB, `${name}: its collector needs ${giant.peak_mb.toFixed(0)} MB, below ${MOST_MB}`],
    [
      beside <= alone * MOST_SLOWER,
      `${name}: the last small account is done after ${beside.toFixed(1)} s, alone after ${alone.toFixed(1)} s`,
    ],
  ];
}
