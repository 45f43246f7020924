import type { Command } from 'commander';
import type { ShownSettings } from '../../lambdas/api/answers/correlation-settings.ts';
import type { CorrelationSettingsChange } from '../../src/stitch/change-settings.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import type { Cli } from './cli.ts';
import { entityId } from './entities.ts';

/** What is decided about a pair, and for which rule. */
interface PairOptions {
  readonly rule?: string;
  readonly reason: string;
}

type Pair = CorrelationSettingsChange['pairs'][number];

/** The verbs of `throughline correlations` that decide something. */
export function addCorrelationSettings(correlations: Command, cli: Cli): void {
  correlations
    .command('settings')
    .description('what was decided about rules and pairs, by whom and why')
    .action(async () => {
      cli.tell(await cli.api().getCorrelationSettings(), showSettings);
    });

  for (const [verb, enabled, text] of [
    ['enable', true, 'switch a rule on'],
    ['disable', false, 'switch a rule off: with the next stitch, what it joined is apart again'],
  ] as const) {
    correlations
      .command(verb)
      .description(text)
      .argument('<rule>', 'its id; see: correlations rules')
      .requiredOption('--reason <why>', 'kept with the decision')
      .action(async (rule_id: string, { reason }: { reason: string }) => {
        await decide(cli, (before) => ({
          ...before,
          rules: [...before.rules.filter((one) => one.rule_id !== rule_id), { rule_id, enabled, reason }],
        }));
      });
  }

  for (const [decision, text] of [
    ['forbid', 'say that two entities are not one, and do not reach one another, whatever rules say'],
    ['allow', 'join two entities that a rule matches, though it is off or matches several'],
  ] as const) {
    correlations
      .command(decision)
      .description(text)
      .argument('<left>', 'the id or ARN of an entity')
      .argument('<right>', 'that of another')
      .option('--rule <id>', 'only for this rule')
      .requiredOption('--reason <why>', 'kept with the decision')
      .action(async (left: string, right: string, { rule, reason }: PairOptions) => {
        const pair = { ...(await pairOf(cli, left, right, rule)), decision, reason };
        await decide(cli, (before) => ({ ...before, pairs: [...others(before.pairs, pair), pair] }));
      });
  }

  correlations
    .command('forget')
    .description('take back what was decided about two entities')
    .argument('<left>', 'the id or ARN of an entity')
    .argument('<right>', 'that of another')
    .option('--rule <id>', 'what was decided for this rule')
    .action(async (left: string, right: string, { rule }: Pick<PairOptions, 'rule'>) => {
      const pair = await pairOf(cli, left, right, rule);
      await decide(cli, (before) => {
        const pairs = others(before.pairs, pair);
        if (pairs.length < before.pairs.length) return { ...before, pairs };
        throw new UsageError('nothing was decided about these two. See: correlations settings');
      });
    });
}

/** Changes the settings as they are now. */
async function decide(
  cli: Cli,
  change: (before: CorrelationSettingsChange) => CorrelationSettingsChange,
): Promise<void> {
  const api = cli.api();
  const before = asChange(await api.getCorrelationSettings());
  const after = await api.putCorrelationSettings(change(before));
  cli.tell(after, (settings, screen) => {
    showSettings(settings, screen);
    screen.note(
      settings.version === before.version
        ? 'that was so already: nothing has changed'
        : 'it takes effect with the next stitch: stitches list; at once with: stitches run --wait',
    );
  });
}

/** Settings as a change of them that changes nothing. */
export const asChange = ({ version, rules, pairs }: ShownSettings): CorrelationSettingsChange => ({
  version,
  rules: rules.map(({ rule_id, enabled, reason }) => ({ rule_id, enabled, reason })),
  pairs: pairs.map(({ changed_by: _by, changed_at: _at, ...pair }) => pair),
});

const pairOf = async (
  cli: Cli,
  left: string,
  right: string,
  rule: string | undefined,
): Promise<Pick<Pair, 'left' | 'right' | 'rule_id'>> => {
  const api = cli.api();
  return {
    left: await entityId(api, left),
    right: await entityId(api, right),
    ...(rule !== undefined && { rule_id: rule }),
  };
};

/** The pairs but for one, whichever of the two is named first. */
const others = (pairs: readonly Pair[], { left, right, rule_id }: Pick<Pair, 'left' | 'right' | 'rule_id'>): Pair[] =>
  pairs.filter(
    (one) => one.rule_id !== rule_id || [one.left, one.right].toSorted().join() !== [left, right].toSorted().join(),
  );

function showSettings({ version, rules, pairs }: ShownSettings, screen: Screen): void {
  screen.line(`   version ${version}`);
  if (rules.length + pairs.length === 0) screen.line('   nothing was decided: every rule is as it is by default');
  for (const { rule_id, enabled, reason, changed_by, changed_at } of rules) {
    screen.line(`   ${plainText(`${rule_id} is ${enabled ? 'on' : 'off'}: ${reason}`)}`);
    screen.note(plainText(`   ${changed_by}, ${changed_at}`));
  }
  for (const { left, right, rule_id, decision, reason, changed_by, changed_at } of pairs) {
    const scope = rule_id === undefined ? '' : ` for ${rule_id}`;
    screen.line(`   ${plainText(`${left} and ${right} are ${WORDS[decision]}${scope}: ${reason}`)}`);
    screen.note(plainText(`   ${changed_by}, ${changed_at}`));
  }
}

const WORDS = { forbid: 'forbidden', allow: 'allowed' } as const;
