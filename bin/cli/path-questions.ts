import type { Command } from 'commander';
import type { PathAnswer, PathAnswers } from '../../src/paths/between.ts';
import type { Chain } from '../../src/paths/path.ts';
import type { PathDifference } from '../../src/stitch/diff.ts';
import { chainOf, hopsByName, nameOnWay } from '../terminal/chain.ts';
import { showHops } from '../terminal/path-picture.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { entityId } from './entities.ts';
import { stitchId } from './whole-id.ts';

interface QueryOptions {
  readonly from?: string;
  readonly to?: string;
  readonly through?: string;
  readonly maxHops?: number;
  readonly evidence?: boolean;
}

/** The verbs of `throughline paths` that ask for what no list holds. */
export function addPathQuestions(paths: Command, cli: Cli): void {
  paths
    .command('query')
    .description('how one entity reaches another; with one end only: what it reaches, or who reaches it')
    .option('--from <entity>', 'where it begins: the id or ARN of an entity')
    .option('--to <entity>', 'where it ends: the id or ARN of an entity')
    .option('--through <entity>', 'only ways through it')
    .option('--max-hops <number>', 'how long a way may be', positive)
    .option('--evidence', 'with what shows each hop')
    .action(async ({ from, to, through, maxHops, evidence }: QueryOptions) => {
      if (from === undefined && to === undefined)
        throw new UsageError('from where, or to where? Name --from, --to or both');
      const api = cli.api();
      const answers = await api.queryPaths({
        ...(from !== undefined && { from: await entityId(api, from) }),
        ...(to !== undefined && { to: await entityId(api, to) }),
        ...(through !== undefined && { through: await entityId(api, through) }),
        ...(maxHops !== undefined && { max_hops: maxHops }),
      });
      cli.tell(answers, (found, screen) => showAnswers(found, evidence === true, screen));
    });

  paths
    .command('diff')
    .description('what appeared, disappeared or changed verdict between two stitches, and why')
    .argument('<from_stitch>', 'the id of a stitch; see: stitches list')
    .argument('<to_stitch>', 'that of a later one')
    .action(async (from_stitch: string, to_stitch: string) => {
      const api = cli.api();
      const [from, to] = [await stitchId(api, from_stitch), await stitchId(api, to_stitch)];
      cli.tell(await api.diffPaths(from, to), showDifferences);
    });
}

function showAnswers({ answers, undetermined, truncated }: PathAnswers, evidence: boolean, screen: Screen): void {
  if (answers.length === 0) screen.line('   no way was found');
  for (const answer of answers) showAnswer(answer, evidence, screen);
  for (const { edge_type, from, to } of undetermined) {
    const hop = chainOf([{ edge_type, from: nameOnWay(from), to: nameOnWay(to) }]);
    screen.line(`   ${screen.paint('yellow', 'not known')} ${hop}: a policy on it could not be read`);
  }
  const cut = Object.entries(WHERE_CUT).filter(([part]) =>
    Object.entries(truncated).some(([name, is]) => name === part && is),
  );
  for (const [, words] of cut) screen.note(words);
}

/** What is said of an answer that is not all. */
const WHERE_CUT = {
  hops: 'ways went on after the most hops: ask again with a larger --max-hops',
  answers: 'there are more answers: name both ends',
  places: 'not everything on the way was looked at: name both ends',
  undetermined: 'there are more hops of which nothing is known',
} as const satisfies Record<keyof PathAnswers['truncated'], string>;

function showAnswer(answer: PathAnswer, evidence: boolean, screen: Screen): void {
  const { access_level, sensitivity, unconditional, conditional, alternatives, alternatives_capped } = answer;
  const what = [access_level, sensitivity && `${sensitivity.reason} ${sensitivity.value}`].filter(Boolean).join(', ');
  for (const chain of [unconditional, conditional]) {
    if (chain) showChain(chain, what, evidence, screen);
  }
  if (alternatives > 0) screen.note(`and ${alternatives}${alternatives_capped ? ' or more' : ''} other ways`);
}

function showChain({ hops, conditions, verdict }: Chain, what: string, evidence: boolean, screen: Screen): void {
  const words = [what, verdict].filter(Boolean).join(', ');
  screen.line(`   ${screen.paint('bold', chainOf(hopsByName(hops)))}  ${plainText(words)}`);
  if (evidence) {
    showHops(hops, new Map(), screen);
    screen.line();
    return;
  }
  for (const { sentence } of conditions) screen.line(`      only if ${plainText(sentence)}`);
}

const SIGNS = { appeared: '+', disappeared: '-', verdict_changed: '~' } as const;
const STYLES = { appeared: 'red', disappeared: 'green', verdict_changed: 'yellow' } as const;

function showDifferences(differences: readonly PathDifference[], screen: Screen): void {
  if (differences.length === 0) screen.line('   no path appeared, disappeared or changed verdict');
  for (const { change, before, after, causes } of differences) {
    const path = after ?? before;
    if (!path) continue;
    const verdict = change === 'verdict_changed' ? `${before?.verdict} before, ${after?.verdict} now` : path.verdict;
    const sign = screen.paint(STYLES[change], SIGNS[change]);
    screen.line(`   ${sign} ${chainOf(path.hops)}  ${path.access_level}, ${verdict}`);
    for (const { message, run_id } of causes) {
      screen.note(plainText(`    ${message}${run_id === undefined ? '' : ` (seen by run ${run_id})`}`));
    }
  }
}
