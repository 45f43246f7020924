/**
 * How fast the policy engine answers: `npm run bench:policy [-- --json]`. Single evaluations over the case corpus and over a generated estate, then
 * all assumable roles of generated organizations. With iam-simulate installed in the folder ORACLE_DIR, the same cases are timed there, too.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { type AssumableResult, findAssumable } from './bench/assumable.ts';
import { corpus } from './bench/corpus.ts';
import { openOracle } from './bench/oracle.ts';
import { generateOrganization } from './bench/organization.ts';
import { type Comparison, compare, questionsOf, type Rate, rateOf } from './bench/singles.ts';

const SIZES = [10, 100, 1_000];
const SIZE_FLAG = '--size';

/** Everything that was measured. */
interface Report {
  readonly machine: { readonly cpu: string; readonly node: string };
  readonly corpus: Rate;
  readonly estate: Rate;
  readonly oracle: Comparison | null;
  readonly assumable: readonly AssumableResult[];
}

async function measure(say: (line: string) => void): Promise<Report> {
  const cases = corpus();
  say('single evaluations: the case corpus');
  const ofCorpus = rateOf(cases);
  say('single evaluations: a generated estate');
  const ofEstate = rateOf(questionsOf(generateOrganization(10), 2_000));
  const assumable = SIZES.map((accounts) => {
    say(`all assumable roles: ${accounts} accounts`);
    return inProcess(accounts);
  });
  const folder = process.env.ORACLE_DIR;
  if (folder) say('the same cases: iam-simulate');
  const oracle = folder ? await openOracle(folder) : undefined;
  if (folder && !oracle) say(`no iam-simulate in ${folder}: nothing to compare with`);
  return {
    machine: { cpu: cpus()[0]?.model ?? 'unknown', node: process.version },
    corpus: ofCorpus,
    estate: ofEstate,
    oracle: oracle ? await compare(cases, oracle) : null,
    assumable,
  };
}

function inProcess(accounts: number): AssumableResult {
  const output = execFileSync(process.execPath, [import.meta.filename, SIZE_FLAG, String(accounts)], {
    encoding: 'utf8',
  });
  return JSON.parse(output) as AssumableResult;
}

/** On a terminal one line that changes, else a line for each step; on stderr, so that what is measured can be piped. */
function progress(): (line: string) => void {
  const { stderr } = process;
  return stderr.isTTY
    ? (line) => stderr.write(`\r\u001b[K${line}${line ? ' ...' : ''}`)
    : (line) => line && stderr.write(`${line}\n`);
}

const count = (value: number): string => value.toLocaleString('en-US');

function* lines({ machine, corpus, estate, oracle, assumable }: Report): Generator<string> {
  yield `${machine.cpu}, Node ${machine.node}, one core`;
  yield '';
  yield `single evaluations, case corpus (${corpus.questions} cases): ${count(corpus.per_second)} a second`;
  yield `single evaluations, generated estate (${count(estate.questions)} requests): ${count(estate.per_second)} a second`;
  if (oracle) {
    yield `the ${oracle.theirs.questions} cases that iam-simulate ${oracle.oracle_version} takes: ${count(oracle.ours.per_second)} a second here, ${count(oracle.theirs.per_second)} there: ${oracle.ratio} times`;
  }
  yield '';
  yield 'all assumable roles:';
  const head = ['accounts', 'roles', 'seconds', 'peak MB', 'considered', 'facts', 'pairs', 'all pairs'];
  const rows = assumable.map((one) =>
    [
      one.accounts,
      one.roles,
      one.answer_ms / 1_000,
      one.peak_mb,
      one.pairs_considered,
      one.facts,
      one.pairs,
      one.all_pairs,
    ].map(count),
  );
  for (const row of [head, ...rows]) yield row.map((cell) => cell.padStart(16)).join('');
}

async function main(argv: readonly string[]): Promise<void> {
  const size = argv[argv.indexOf(SIZE_FLAG) + 1];
  if (argv.includes(SIZE_FLAG) && size !== undefined) {
    console.log(JSON.stringify(findAssumable(Number(size))));
    return;
  }
  const say = progress();
  const report = await measure(say);
  if (process.stderr.isTTY) say('');
  console.log(argv.includes('--json') ? JSON.stringify(report, null, 2) : [...lines(report)].join('\n'));
}

await main(process.argv.slice(2));
