/**
 * What a stitch costs: `npm run bench:stitch [-- --accounts 10|100|1000 --json]`. For each size, in a process of its own on one
 * core: seeded documents into the graph, derived edges, correlations, identities, paths, then questions about single pairs. Time
 * and highest resident memory by phase; making the documents is in no phase. Fails where a million entities take five minutes or
 * 4 GB, where time grows faster than n log n, or where a question takes 50 ms.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { screenOn } from '../bin/terminal/screen.ts';
import type { PhaseCost } from './bench/phase.ts';
import { type StitchResult, stitchEstate } from './bench/stitch-phases.ts';

const SIZES = [10, 100, 1_000];
const MOST_SECONDS = 300;
const MOST_MB = 4_096;
const MOST_QUESTION_MS = 50;
/** Of the heap; what is kept outside of it, and Node itself, takes about a gigabyte more at a million entities. */
const HEAP_MB = 2_900;

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
    /** Measure in this process, and print the result alone. */
    here: { type: 'boolean', default: false },
  },
});
const sizes = values.accounts?.map(Number) ?? SIZES;
/** Collecting garbage and compiling beside the main thread is work for a second core: here the main thread does it. */
function measured(accounts: number): StitchResult {
  const flags = ['--single-threaded', `--max-old-space-size=${HEAP_MB}`, '--max-semi-space-size=16'];
  const output = execFileSync(
    process.execPath,
    [...flags, import.meta.filename, '--here', '--accounts', String(accounts)],
    { encoding: 'utf8', maxBuffer: 1 << 24, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return JSON.parse(output);
}

function report(): void {
  const screen = screenOn(values.json ? process.stderr : process.stdout);
  const results: StitchResult[] = [];
  for (const accounts of sizes) {
    screen.note(`${accounts} accounts ...`);
    const result = measured(accounts);
    results.push(result);
    show(result);
  }
  const verdicts = [...results.flatMap(judged), ...growth(results)];
  screen.line();
  for (const [good, text] of verdicts) screen.verdict(good, text);
  if (values.json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  process.exitCode = verdicts.every(([good]) => good) ? 0 : 1;

  function show({ accounts, entities, edges, policy_documents, phases, pairs, ...found }: StitchResult): void {
    screen.chapter(`${accounts} accounts: ${entities} entities, ${edges} edges, ${policy_documents} policy documents`);
    const row = (name: string, seconds: number, processor: number, peak: number) => [
      name,
      seconds.toFixed(2),
      processor.toFixed(2),
      String(peak),
    ];
    screen.table(
      ['phase', 'seconds', 'processor', 'peak MB'],
      [
        ...phases.map((one) => row(one.phase, one.seconds, one.processor_seconds, one.peak_mb)),
        row(
          'all of the stitch',
          seconds(phases),
          processorSeconds(phases),
          Math.max(...phases.map((one) => one.peak_mb)),
        ),
      ],
    );
    const { problems, correlations, identities, paths, paths_across_accounts, paths_across_connectors } = found;
    screen.note(
      `${correlations} correlations, ${identities} identities, ${paths} paths (${paths_across_accounts} across accounts, ` +
        `${paths_across_connectors} across connectors), ${problems} problems`,
    );
    screen.note(
      `${pairs.asked} questions about a pair, ${pairs.answered} with an answer: ` +
        `median ${pairs.median_ms.toFixed(1)} ms, worst ${pairs.worst_ms.toFixed(1)} ms`,
    );
  }
}

const lineOf = ({ phase, seconds: took, processor_seconds, peak_mb }: PhaseCost): string =>
  `${phase}: ${took.toFixed(1)} s, of the processor ${processor_seconds.toFixed(1)} s, ${peak_mb} MB`;

/** The questions are asked after the stitch. */
const ofStitch = (phases: StitchResult['phases']) => phases.filter(({ phase }) => !phase.startsWith('questions'));
function seconds(phases: StitchResult['phases']): number {
  return ofStitch(phases).reduce((sum, one) => sum + one.seconds, 0);
}
function processorSeconds(phases: StitchResult['phases']): number {
  return ofStitch(phases).reduce((sum, one) => sum + one.processor_seconds, 0);
}

type Judgement = readonly [boolean, string];

function judged({ accounts, phases, pairs }: StitchResult): readonly Judgement[] {
  const took = processorSeconds(phases);
  const peak = Math.max(...phases.map(({ peak_mb }) => peak_mb));
  return [
    [took < MOST_SECONDS, `${accounts} accounts: ${took.toFixed(1)} s of one core (most ${MOST_SECONDS})`],
    [peak < MOST_MB, `${accounts} accounts: ${peak} MB (most ${MOST_MB})`],
    [
      pairs.worst_ms < MOST_QUESTION_MS,
      `${accounts} accounts: a question takes at most ${pairs.worst_ms.toFixed(1)} ms (most ${MOST_QUESTION_MS})`,
    ],
  ];
}

/** From each size to the next, time may grow as n log n does. */
function growth(results: readonly StitchResult[]): readonly Judgement[] {
  return results.slice(1).map((larger, i) => {
    const smaller = results[i] ?? larger;
    const ratio = processorSeconds(larger.phases) / processorSeconds(smaller.phases);
    const n = larger.entities / smaller.entities;
    const allowed = n * (Math.log(larger.entities) / Math.log(smaller.entities));
    return [
      ratio <= allowed,
      `${smaller.accounts} to ${larger.accounts} accounts: ${ratio.toFixed(1)} times the time for ${n.toFixed(1)} times the entities (n log n: ${allowed.toFixed(1)})`,
    ];
  });
}

if (values.here)
  process.stdout.write(JSON.stringify(stitchEstate(sizes[0] ?? 1, (cost) => console.error(lineOf(cost)))));
else report();
